"""The official files, loose or packed, whole, damaged or malicious."""

import io
import os
import pickle
import re
import tarfile

import pytest

from helpers.data import cache, cifar10
from tests.data.small import (
    COUNTS,
    Mischief,
    assert_is_small,
    load,
    never,
)


@pytest.mark.parametrize("place", ["loose", "below", "archive", "archive itself"])
def test_local_copy(monkeypatch, tmp_path, capsys, small, local, place):
    if place == "below":
        local = local.rename(tmp_path / cifar10.FOLDER).parent
    elif place.startswith("archive"):
        local = tmp_path / "share"
        local.mkdir()
        (local / cifar10.ARCHIVE).write_bytes(small.tar)
    if place == "archive itself":
        local = (local / cifar10.ARCHIVE).rename(tmp_path / "download.tgz")
    monkeypatch.setenv("CIFAR10_DIR", str(local))
    assert_is_small(load(), small)
    assert capsys.readouterr().out == "CIFAR-10 from the local copy" + COUNTS
    assert not (tmp_path / "cache").exists()


def test_local_copy_comes_before_the_cache(local, mirrors, capsys):
    mirrors("good")
    cache.fill()
    load()
    assert "from the local copy" in capsys.readouterr().out


@pytest.mark.parametrize("source", ["auto", "cifar10"])
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda path: path.unlink(), "is missing"),
        (
            lambda path: path.write_bytes(path.read_bytes()[:-9]),
            r"has 30,\d+ bytes where 30,\d+ are expected",
        ),
        (
            lambda path: path.write_bytes(path.read_bytes()[:-9] + b"123456789"),
            "has other content than the official file",
        ),
        (
            lambda path: (path.unlink(), path.mkdir()),
            r"has [\d,]+ bytes where 30,|cannot be read",
        ),
    ],
)
def test_damaged_local_copy(monkeypatch, local, change, fault, source):
    change(local / "data_batch_3")
    with pytest.raises(ValueError, match=rf"data_batch_3 ({fault}).*CIFAR10_DIR\.$"):
        load(source)
    assert load("digits").name == "digits"


@pytest.mark.skipif(os.name == "nt", reason="a user of Windows may make no links")
def test_a_file_that_the_system_cannot_read_is_named(local):
    (local / "data_batch_3").unlink()
    (local / "data_batch_3").symlink_to(local / "data_batch_3")  # round and round
    with pytest.raises(ValueError, match=r"data_batch_3 cannot be read \(.+\); copy"):
        load()


def test_other_content_is_refused_whatever_its_hash(local):
    path = local / "data_batch_3"
    good = path.read_bytes()
    for last in range(8):  # their hashes lie on both sides of the right one
        path.write_bytes(good[:-1] + bytes([good[-1] ^ (last + 1)]))
        with pytest.raises(ValueError, match="has other content"):
            load()


def test_a_file_of_another_size_is_refused_unread(monkeypatch, local):
    (local / "data_batch_1").write_bytes(bytes(40_000))
    monkeypatch.setattr(cifar10.Path, "read_bytes", never)
    with pytest.raises(ValueError, match="has 40,000 bytes where 30,"):
        load()


def test_the_archive_has_the_size_that_the_official_host_announces():
    """A byte more or less, and every right download would be refused."""
    assert cifar10.ARCHIVE_BYTES == 170_498_071


@pytest.mark.parametrize("change", [lambda tar: tar[:-1], lambda tar: tar[:-1] + b"x"])
def test_damaged_local_archive_stays_packed(
    monkeypatch, tmp_path, small, local, change
):
    path = tmp_path / cifar10.ARCHIVE
    path.write_bytes(change(small.tar))
    monkeypatch.setenv("CIFAR10_DIR", str(path))
    monkeypatch.setattr(tarfile, "open", never)
    with pytest.raises(ValueError, match=f"{re.escape(str(path))} has .*CIFAR10_DIR"):
        load()


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_local_copy_without_the_files(monkeypatch, tmp_path, name):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("CIFAR10_DIR", str(tmp_path / "empty" / name))
    with pytest.raises(ValueError, match="CIFAR10_DIR=.* holds neither .*; correct it"):
        load()


def test_strange_pickle_is_never_loaded(tmp_path, local):
    content = pickle.dumps(Mischief(tmp_path / "harm"))
    original = (local / "data_batch_1").stat().st_size
    (local / "data_batch_1").write_bytes(content.ljust(original, b"\0"))
    with pytest.raises(ValueError, match="other content"):
        load()
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("call", [b"cos\nsystem\n", b"cbuiltins\neval\n"])
def test_unpickler_refuses_programs(call):
    with pytest.raises(pickle.UnpicklingError, match="has no place in CIFAR-10"):
        cifar10.ArrayUnpickler(io.BytesIO(call + b"(U\x01xtR.")).load()


def test_unpickler_refuses_mischief(tmp_path):
    content = pickle.dumps(Mischief(tmp_path / "harm"))
    with pytest.raises(pickle.UnpicklingError):
        cifar10.ArrayUnpickler(io.BytesIO(content)).load()
    assert not (tmp_path / "harm").exists()
