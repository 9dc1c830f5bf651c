"""A folder of pictures becomes a data set whose groups lie in one part each."""

import shutil
import subprocess
import sys
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_images

from helpers import data, photos
from helpers.photos import reading

PHOTOS = dict(zip(("china", "flower"), load_sample_images().images, strict=True))


def pieces(name, count, side=120):
    """Cut different squares from one of scikit-learn's two photos."""
    photo, rng = PHOTOS[name], np.random.default_rng(len(name))
    places = rng.permutation([(y, x) for y in range(0, 300, 60) for x in range(9)])
    for y, x in places[:count]:
        yield Image.fromarray(photo[y : y + side, 60 * x : 60 * x + side])


@pytest.fixture
def two(tmp_path):
    """Twenty pictures of each of two classes, as PNG, JPEG and WEBP."""
    root = tmp_path / "walk"
    for name in PHOTOS:
        (root / name).mkdir(parents=True)
        for i, piece in enumerate(pieces(name, 20)):
            piece.save(root / name / f"{i:02}.{('png', 'jpg', 'webp')[i % 3]}")
    return root


def test_three_parts_of_what_photos_reads(two, capsys):
    dataset = data.load_folder(two, groups=str)
    assert capsys.readouterr().out == (
        "40 pictures of 2 classes in 40 groups: 24 training, 8 validation and 8 test.\n"
    )
    assert dataset.name == two.name and dataset.class_names == ("china", "flower")
    expected = {photos.load_photo(file).tobytes() for file in two.glob("*/*")}
    parts = dataset[2:]
    assert {i.tobytes() for part in parts for i in part.images} == expected
    for part, each in zip(parts, (12, 4, 4), strict=True):
        assert part.images.dtype == np.uint8 and part.images.shape[1:] == (32, 32, 3)
        assert part.labels.dtype == np.int64
        assert np.bincount(part.labels).tolist() == [each, each]


@pytest.mark.parametrize("size", [24, 64])
def test_pictures_of_another_size_lie_in_the_same_parts(two, size):
    """Without `groups`: near-duplicates are found at 32 pixels, whatever the size."""
    small, large = (data.load_folder(two, size=side) for side in (32, size))
    expected = {photos.load_photo(file, size).tobytes() for file in two.glob("*/*")}
    found = [image for part in large[2:] for image in part.images]
    assert {image.tobytes() for image in found} == expected
    for few, many in zip(small[2:], large[2:], strict=True):
        assert many.images.shape == (len(few.images), size, size, 3)
        assert (few.labels == many.labels).all()


@pytest.mark.parametrize("size", [0, -3])
def test_a_wrong_size_is_said_once(two, capsys, size):
    with pytest.raises(ValueError, match="size must be at least 1 pixel"):
        data.load_folder(two, size=size)
    assert not capsys.readouterr().out


def test_labels_are_those_of_the_folders(two):
    flowers = {photos.load_photo(f).tobytes() for f in (two / "flower").iterdir()}
    for part in data.load_folder(two, groups=str)[2:]:
        for image, label in zip(*part, strict=True):
            assert (image.tobytes() in flowers) == label


def test_the_seed_alone_draws_the_parts(two):
    first, again, other = (data.load_folder(two, seed=s, groups=str) for s in (1, 1, 2))
    assert (first.train.images == again.train.images).all()
    assert (first.train.images != other.train.images).any()


def copies(image):
    """Yield what bursts and tools make of one photo."""
    saved = BytesIO()
    image.save(saved, "JPEG", quality=40)
    yield Image.open(saved)
    yield image.resize((60, 60))
    yield image.rotate(1, Image.Resampling.BICUBIC)


def test_near_duplicates_stay_together(two, capsys):
    originals = sorted((two / "china").iterdir())
    for i, file in enumerate(originals):
        for k, copy in enumerate(copies(Image.open(file).convert("RGB"))):
            copy.save(two / "china" / f"{i:02}-{k}.png")
    parts = data.load_folder(two)[2:]
    assert sum(len(part.labels) for part in parts) == 100
    groups = int(capsys.readouterr().out.split(" in ")[1].split()[0])
    assert 20 < groups <= 40
    saved = {name: photos.load_photo(name).tobytes() for name in two.glob("china/*")}
    where = {image.tobytes(): i for i in range(3) for image in parts[i].images}
    for i in range(20):
        files = [name for name in saved if name.name.startswith(f"{i:02}")]
        assert len(files) == 4 and len({where[saved[f]] for f in files}) == 1


def test_a_function_names_the_groups(two, capsys):
    def tens(file):
        return f"{file.parent.name} {int(file.stem) // 4}"

    data.load_folder(two, groups=tens)
    assert " in 10 groups" in capsys.readouterr().out


def test_what_cannot_be_read_is_named_counted_and_left_out(two, capsys):
    (two / "china" / "notes.txt").write_text("a walk")
    (two / "flower" / "half.jpg").write_bytes(
        (two / "flower" / "01.jpg").read_bytes()[:90]
    )
    (two / "flower" / "empty.png").touch()
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (two / "flower" / name).write_text("x")
    (two / ".hidden").mkdir()
    (two / "__MACOSX").mkdir()
    dataset = data.load_folder(two, groups=str)
    said = capsys.readouterr().out
    assert f"left out: china/notes.txt: {reading.UNKNOWN}\n" in said
    assert "left out: flower/half.jpg: " in said
    assert f"left out: flower/empty.png: {reading.EMPTY}\n" in said
    assert "3 of 43 files were left out.\n" in said and "DS_Store" not in said
    assert len(dataset.class_names) == 2


def test_of_many_other_files_the_first_are_named_and_the_rest_counted(two, capsys):
    for i in range(25):
        (two / "china" / f"{i:02}_said.ogg").write_bytes(b"OggS" + bytes(99))
    torn = two / "flower" / "00.png"
    torn.write_bytes(torn.read_bytes()[:90])
    data.load_folder(two, groups=str)
    said = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("left out: china/") for line in said) == 10
    assert "left out for the same reason: 15 more .ogg" in said
    assert any(line.startswith("left out: flower/00.png: ") for line in said)
    assert "26 of 65 files were left out." in said


def test_a_picture_in_two_classes_is_pointed_out(two, capsys):
    shutil.copy(two / "china" / "00.png", two / "flower" / "again.png")
    data.load_folder(two)
    assert "One group has pictures of china and flower" in capsys.readouterr().out


PEAKS = """
import re, sys
from pathlib import Path
from helpers import data
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
dataset = data.load_folder(sys.argv[1], groups=str)
print(sum(len(part.labels) for part in dataset[2:]), peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_large_photos_are_shrunk_while_they_are_decoded(two):
    """12 megapixels are 36 MB; two are read at a time, and never held whole."""
    held = BytesIO()
    large = np.tile(PHOTOS["china"], (7, 6, 1))[:2736, :3648]
    Image.fromarray(large).save(held, "JPEG", quality=90)
    for file in [*two.glob("*/*")]:
        file.unlink()
        file.with_suffix(".jpg").write_bytes(held.getvalue())
    run = [sys.executable, "-c", PEAKS, str(two)]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    pictures, more = map(int, done.stdout.split()[-2:])
    assert pictures == 40 and more < 60_000  # kB


def bad(case, two):
    """Spoil the folder in one way and return the path to load."""
    if case == "a file":
        return two / "china" / "00.png"
    if case == "nowhere":
        return two / "dogs"
    if case == "empty":
        (two / "empty").mkdir()
        return two / "empty"
    if case == "one class":
        shutil.rmtree(two / "china")
    if case == "few":
        for file in sorted((two / "china").iterdir())[9:]:
            file.unlink()
    if case == "a class without pictures":
        (two / "dogs").mkdir()
    if case == "folders inside":
        shutil.move(two / "china", two / "flower")
    if case == "capitals":
        shutil.copytree(two / "china", two / "China")
    return two


SENTENCES = {
    "a file": "is a file: give the folder that holds a folder for each class",
    "nowhere": "there is no folder .*dogs: correct the path",
    "empty": "holds no folders: put the pictures of each class into a folder",
    "one class": "holds 1 folder: put the pictures of each class",
    "few": r"too few pictures of china \(9\): every class needs 10",
    "a class without pictures": r"too few pictures of dogs \(0\)",
    "folders inside": r"flower holds folders \(china\), not only pictures",
    "capitals": "the classes China and china differ only in capital letters",
}


@pytest.mark.parametrize("case", SENTENCES)
def test_a_bad_folder_gets_one_sentence(case, two):
    with pytest.raises(ValueError, match=SENTENCES[case]) as caught:
        data.load_folder(bad(case, two))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "shares", [(0, 0.2), (0.2, 0), (0.5, 0.5), (20, 0.2), (-0.1, 0.2), (0.2, -0.1)]
)
def test_shares_that_leave_nothing_are_refused(two, shares):
    with pytest.raises(ValueError, match="must be shares above 0"):
        data.load_folder(two, *shares)


def test_a_class_of_two_groups_cannot_lie_in_three_parts(two):
    with pytest.raises(ValueError, match="the pictures of china are too few groups"):
        data.load_folder(two, groups=lambda file: file.parent.name + file.suffix[:2])
    with pytest.raises(ValueError, match="the pictures of china are too few groups"):
        data.load_folder(two, groups=lambda file: file.parent.name + file.stem[0])


def test_of_folders_inside_and_of_mixed_groups_three_are_named(two, capsys):
    pairs = zip(*(sorted(folder.iterdir()) for folder in two.iterdir()), strict=True)
    for n, (one, other) in enumerate(pairs):
        if n < 5:
            shutil.copy(one, other.with_suffix(one.suffix))
    data.load_folder(two, groups=lambda file: file.stem)
    assert capsys.readouterr().out.count("One group has pictures of") == 3
    for name in "abcd":
        (two / "china" / name).mkdir()
    with pytest.raises(ValueError, match=r"holds folders \(a, b, c\), not only"):
        data.load_folder(two)


def test_reading_and_splitting_by_hand_give_the_same_parts(two):
    found = data.read_folder(two, str)
    part, loaded = data.split_folder(found), data.load_folder(two, groups=str)
    for k, images in enumerate(loaded[2:]):
        assert np.array_equal(found.images[part == k], images.images)


def test_one_group_cannot_lie_in_three_parts(two):
    with pytest.raises(ValueError, match="few groups .* does not fit these file names"):
        data.load_folder(two, groups=lambda file: file.parent.name)
