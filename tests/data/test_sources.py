"""Where images come from, and what is said about it."""

import os
import subprocess
import sys

import numpy as np
import pytest

from helpers import data, photos
from helpers.data import cache, sources
from tests.data.small import DIGITS, load

REAL = os.environ.get("CIFAR10_DIR")


def test_digits(capsys):
    loaded = data.load_images("digits")
    assert loaded.name == "digits"
    assert loaded.class_names == tuple("0123456789")
    assert [part.images.shape for part in loaded[2:]] == [
        (count, 32, 32, 3) for count in (1257, 180, 360)
    ]
    for images, labels in loaded[2:]:
        assert (images.dtype, labels.dtype) == (np.uint8, np.int64)
        assert (images.min(), images.max()) == (0, 255)
        shares = np.bincount(labels) / len(labels)
        assert np.allclose(shares, 0.1, atol=0.01)
    assert capsys.readouterr().out == (
        f"{DIGITS}source=digits): 1,257 training, 180 validation and 360 test images.\n"
    )


@pytest.mark.parametrize(
    ("asked", "given"), [(100, 100), (718, 718), (719, 180), (5000, 180)]
)
def test_digits_validation_count(asked, given):
    assert len(data.load_images("digits", validation=asked).validation.labels) == given


def test_digits_are_enlarged_not_blurred():
    images = data.load_images("digits").test.images
    small = images[:, ::4, ::4]
    assert np.array_equal(small.repeat(4, axis=1).repeat(4, axis=2), images)
    assert np.array_equal(images[..., 0], images[..., 2])


def test_same_seed_same_digits():
    first, again, other = (data.load_images("digits", seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first.train.images, again.train.images)
    assert not np.array_equal(first.test.labels, other.test.labels)


def test_the_drawings_of_notebook_19(capsys, monkeypatch):
    monkeypatch.setenv("IMAGE_DATA", "emoji")
    loaded = data.load_images()
    assert capsys.readouterr().out == (
        "These are drawings, not CIFAR-10 (IMAGE_DATA=emoji): "
        "829 training, 279 validation and 274 test images.\n"
    )
    assert (data.at_hand(), loaded.name) == ("emoji", "emoji")
    assert loaded.class_names == ("animal", "face", "food", "vehicle")
    assert sum(len(part.labels) for part in loaded[2:]) == 1382
    for images, labels in loaded[2:]:
        assert images.shape == (len(labels), 32, 32, 3)
        assert (images.dtype, labels.dtype) == (np.uint8, np.int64)
        assert np.bincount(labels).min() > 0.1 * len(labels)


def test_a_concept_of_the_drawings_lies_in_one_part():
    parts = data.load_images("emoji", seed=1)[2:]
    where = {image.tobytes(): k for k in range(3) for image in parts[k].images}
    concepts = {}
    for file in sources.PICTURES.glob("*/*"):
        part = where[photos.load_photo(file).tobytes()]
        concepts.setdefault(file.stem.rpartition("-")[0], set()).add(part)
    assert len(concepts) > 400 and {len(found) for found in concepts.values()} == {1}


@pytest.mark.parametrize("asked, given", [(100, 100), (600, 600), (700, 276)])
def test_of_the_drawings_about_as_many_as_asked_for_validate(asked, given):
    """Where more than half of them are asked for, 20 %."""
    held_out = data.load_images("emoji", validation=asked).validation
    assert abs(len(held_out.labels) - given) < 10


def test_five_thousand_images_validate_unless_told(local):
    with pytest.raises(ValueError, match="validation=5000 does not split 50 images"):
        data.load_images()


@pytest.mark.parametrize("source", ["digits", "emoji"])
@pytest.mark.parametrize("validation", [0, -1, 10.5])
def test_a_count_that_validates_nothing_is_refused(source, validation):
    with pytest.raises(ValueError, match=f"^validation={validation} does not split"):
        data.load_images(source, validation=validation)


def test_image_data_replaces_auto_only(monkeypatch, capsys, as_official):
    monkeypatch.setenv("IMAGE_DATA", "digits")
    assert data.load_images().name == "digits"
    assert "(IMAGE_DATA=digits)" in capsys.readouterr().out
    with pytest.raises(OSError):
        data.load_images("cifar10")


@pytest.mark.parametrize("setting", ["source", "IMAGE_DATA"])
def test_unknown_data_is_named(monkeypatch, setting):
    monkeypatch.setenv("IMAGE_DATA", "mnist")
    source = "mnist" if setting == "source" else "auto"
    with pytest.raises(ValueError, match=f"^{setting}=mnist is none of auto, cifar10"):
        data.load_images(source)


def test_at_hand(monkeypatch, tmp_path):
    assert data.at_hand() == "digits"
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / cache.CACHE).touch()
    assert data.at_hand() == "cifar10"
    monkeypatch.setenv("IMAGE_DATA", "digits")
    assert data.at_hand() == "digits"


def test_at_hand_counts_a_wrong_local_copy(monkeypatch):
    monkeypatch.setenv("CIFAR10_DIR", "nowhere")
    assert data.at_hand() == "cifar10"


def test_cifar10_that_must_be_and_cannot(mirrors):
    mirrors("missing", "wrong")
    with pytest.raises(OSError) as caught:
        load("cifar10")
    assert str(caught.value) == (
        "CIFAR-10 could not be loaded: 127.0.0.1 answered with error 404, "
        "127.0.0.1 sent wrong content; set CIFAR10_DIR to use a local copy, "
        "or source=digits to use scikit-learn's digits."
    )


def test_import_is_silent_and_without_keras(tmp_path):
    program = "import sys; from helpers import data; print('keras' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("False\n", "")
    assert not (tmp_path / "cache").exists()


needs_real = pytest.mark.skipif(not REAL, reason="CIFAR10_DIR names no CIFAR-10")


@needs_real
@pytest.mark.filterwarnings("error")
def test_real_cifar10(monkeypatch, capsys):
    monkeypatch.setenv("CIFAR10_DIR", REAL)
    loaded = data.load_images("cifar10")
    assert [part.images.shape for part in loaded[2:]] == [
        (count, 32, 32, 3) for count in (45_000, 5_000, 10_000)
    ]
    for images, labels in loaded[2:]:
        assert (images.dtype, labels.dtype) == (np.uint8, np.int64)
        assert np.bincount(labels).tolist() == [len(labels) // 10] * 10
    assert loaded.class_names[loaded.test.labels[0]] == "cat"
    assert loaded.test.images[0, 0, 0].tolist() == [158, 112, 49]
    assert capsys.readouterr().out == (
        "CIFAR-10 from the local copy: "
        "45,000 training, 5,000 validation and 10,000 test images.\n"
    )
