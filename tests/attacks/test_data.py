"""Files that data are read from: each attack would leave a mark, and none does."""

import io
import os
import pickle
import sys
import tarfile
import threading
import zipfile

import numpy as np
import pytest

from helpers import checks, data, models, photos
from helpers.data import cache, cifar10
from helpers.photos import reading
from tests.data.conftest import apart, as_official, small  # noqa: F401
from tests.data.small import Mischief, sha256
from tests.memory import bounded
from tests.test_photos import encode, scene

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and devices")


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = ""):
    """Return the head of a member of an archive."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


MEMBERS = {
    "climbs out": member("../../harm/data_batch_1"),
    "is absolute": member("data_batch_1"),  # the test says where
    "is a link out": member("data_batch_1", tarfile.SYMTYPE, "../../../etc/passwd"),
    "is a hard link": member("data_batch_1", tarfile.LNKTYPE, "/etc/passwd"),
    "is a device": member("data_batch_1", tarfile.CHRTYPE),
    "is a pipe": member("data_batch_1", tarfile.FIFOTYPE),
    "is a folder": member("data_batch_1", tarfile.DIRTYPE),
}


@pytest.mark.parametrize("attack", MEMBERS)
def test_a_member_that_leaves_its_archive_leaves_no_file(
    attack,
    monkeypatch,
    tmp_path,
    as_official,  # noqa: F811
):
    """Not even where the archive's hash is that of the attacker's."""
    one, content = MEMBERS[attack], pickle.dumps(Mischief(tmp_path / "harm"))
    if attack == "is absolute":
        one.name = str(tmp_path / "harm" / one.name)
    one.size = len(content) if one.isreg() else 0
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(one, io.BytesIO(content))
    (tmp_path / "a" / "b").mkdir(parents=True)
    path = tmp_path / "a" / "b" / cifar10.ARCHIVE
    path.write_bytes(packed.getvalue())
    monkeypatch.setattr(cifar10, "ARCHIVE_BYTES", path.stat().st_size)
    monkeypatch.setattr(cifar10, "ARCHIVE_SHA256", sha256(path.read_bytes()))
    monkeypatch.chdir(path.parent)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises((pickle.UnpicklingError, tarfile.TarError, KeyError, TypeError)):
        cifar10.read_archive(path)
    assert sorted(tmp_path.rglob("*")) == before


GADGETS = {
    "a system call": b"cos\nsystem\n(S'touch harm'\ntR.",
    "eval": b'cbuiltins\neval\n(S\'open("harm", "w")\'\ntR.',
    "by a dotted name": b"\x80\x04\x8c\x05numpy\x8c\x09os.system\x93"
    b"\x8c\x0atouch harm\x85R.",
    "numpy's own loader": b"cnumpy\nload\n(S'harm'\ntR.",
    "an instance": b"(S'touch harm'\nios\nsystem\n.",
    "a persistent id": b"Pharm\n.",
}


@pytest.mark.parametrize("gadget", GADGETS)
def test_no_pickle_calls_anything_but_numpys_array(gadget, monkeypatch, tmp_path):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(pickle.UnpicklingError):
        cifar10.ArrayUnpickler(io.BytesIO(GADGETS[gadget])).load()
    assert not os.listdir()


def huge(path, claimed: int, member_bytes: int) -> None:
    """Write a small cache whose first array claims to be of another size."""
    head = io.BytesIO()
    about = {"descr": "|u1", "fortran_order": False, "shape": (claimed,)}
    np.lib.format.write_array_header_1_0(head, about)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("train_images", "train_labels", "test_images", "test_labels"):
            archive.writestr(f"{name}.npy", head.getvalue() + bytes(member_bytes))


@pytest.mark.parametrize("claimed, given", [(10**13, 9), (10**8, 10**8)])
def test_a_cache_that_would_fill_the_memory_is_damaged(
    claimed, given, monkeypatch, tmp_path, capsys
):
    """A header that promises terabytes, and zeros that were packed a thousandfold."""
    monkeypatch.setenv("CNN_COURSE_CACHE", str(tmp_path))
    huge(tmp_path / cache.CACHE, claimed, given)
    assert cache.read() is None
    assert capsys.readouterr().out.endswith(f"{cache.CACHE} is damaged.\n")


@pytest.mark.parametrize("name", ["arr_0", "rows", "about"])
def test_a_pickle_in_a_progress_file_is_not_loaded(name, tmp_path):
    from helpers.training import checkpoint

    model = models.build_dense_baseline((4, 4, 1), 2)
    model.compile("adam", "sparse_categorical_crossentropy")
    path = tmp_path / "run.npz"
    checkpoint.store(model, [], path)
    with np.load(path) as file:
        arrays = dict(file)
    arrays[name] = np.array([Mischief(tmp_path / "harm")], dtype=object)
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match="run.npz is damaged or no progress file"):
        checkpoint.restore(model, path)
    assert not (tmp_path / "harm").exists()


def end(pipe):
    """Let whoever waits for a pipe read nothing."""
    os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))


@posix
@pytest.mark.parametrize("planted", ["pipe", "device"])
def test_what_is_no_file_among_the_photos_is_left_out(planted, tmp_path, capsys):
    """A pipe would be waited for, and /dev/zero has no end."""
    folder = tmp_path / "photos"
    for kind in ("cat", "dog"):
        (folder / kind).mkdir(parents=True)
        for number in range(10):
            photo = scene(40 + number, 40)
            (folder / kind / f"{number}.png").write_bytes(encode(photo, "PNG"))
    ended = threading.Timer(20, end, [folder / "cat" / "p.png"])
    if planted == "pipe":
        os.mkfifo(folder / "cat" / "p.png")
        ended.start()
    else:
        (folder / "cat" / "p.png").symlink_to("/dev/zero")
    with bounded():
        found = data.read_folder(folder, lambda file: file.name)
    ended.cancel()
    assert len(found.files) == 20
    assert f"left out: cat/p.png: {reading.NO_FILE}" in capsys.readouterr().out


@posix
def test_a_file_without_end_is_refused_unread(tmp_path):
    path = tmp_path / "p.png"
    with open(path, "wb") as file:
        file.truncate(200_000_000_000)  # of zeros that take no room
    said = "larger than 160 MB: make the picture"
    with bounded(), pytest.raises(ValueError, match=said):
        photos.load_photo(path)


def test_what_a_student_handed_in_steers_no_terminal(monkeypatch, tmp_path, capsys):
    path = tmp_path / "handed_in.jsonl"
    bell = '"right": false, "label": "\\u001b]0;owned\\u0007"}\n'
    path.write_text(
        '{"item": "02.1", ' + bell + '{"item": "\\u001b[2J", "label": "kernel"}\n'
    )
    monkeypatch.setenv("CNN_COURSE_PROGRESS", str(path))
    checks.answered()
    printed = capsys.readouterr().out
    assert "\x1b" not in printed and "\x07" not in printed and "02" in printed
