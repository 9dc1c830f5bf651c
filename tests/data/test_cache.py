"""The cache: filled once, refused when damaged, on disks that are full or closed."""

import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
import types
from pathlib import Path

import numpy as np
import pytest

from helpers import data
from helpers.data import cache, cifar10
from tests import disks
from tests.data.small import ASKING, COUNTS, DIGITS, Mischief, assert_is_small, load

REAL = os.environ.get("CIFAR10_DIR")
needs_real = pytest.mark.skipif(not REAL, reason="CIFAR10_DIR names no CIFAR-10")


def test_download_then_cache(tmp_path, capsys, small, mirrors, server):
    mirrors("good")
    first = load()
    printed = capsys.readouterr()
    assert printed.out == ASKING + "CIFAR-10 downloaded from 127.0.0.1" + COUNTS
    assert re.search(r"CIFAR-10: +\d+%\|", printed.err)  # the progress bar
    assert_is_small(first, small)
    assert server.ranges == [("good", None)]

    second = load()
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("CIFAR-10 from the cache" + COUNTS, "")
    assert len(server.ranges) == 1
    for one, other in zip(first[2:], second[2:], strict=True):
        assert np.array_equal(one.images, other.images)
        assert np.array_equal(one.labels, other.labels)
    assert not list((tmp_path / "cache").glob("*.part"))
    assert not list((tmp_path / "cache").glob("*.new"))


CHILD = """
import json, sys
from helpers.data import cache, cifar10, request
cache.CACHE_BYTES, request.PATIENCE = 0, 100
for name, value in json.loads(sys.argv[1]).items():
    setattr(cifar10, name, value)
print(cache.fill()[2])
"""


def test_two_notebooks_one_download(mirrors, server):
    mirrors("waits")
    names = "ARCHIVE_BYTES", "ARCHIVE_SHA256", "FINGERPRINT", "MIRRORS"
    facts = json.dumps({name: getattr(cifar10, name) for name in names})
    run = [sys.executable, "-c", CHILD, facts]
    pipe = subprocess.PIPE
    with subprocess.Popen(run, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as a:
        assert server.asked.wait(60)
        assert a.stdout.readline() == ASKING  # at once, though it is a pipe
        with subprocess.Popen(run, stdout=pipe, stderr=pipe, text=True) as b:
            said = b.stdout.readline()
            server.gate.set()
            printed, errors = b.communicate(timeout=60)
        assert a.stdout.read() == "downloaded from 127.0.0.1\n"
    assert said == "Another notebook is downloading CIFAR-10: waiting for it.\n"
    assert (printed, errors) == ("from the cache\n", "")
    assert server.ranges == [("waits", None)]


def damaged(content: bytes, harm: Path):
    """Yield damaged versions of the cache: cut short, overwritten, another file."""
    yield from (content[:-1], content[: len(content) // 2], b"", b"\x93NUMPY", b"PK")
    yield pickle.dumps(Mischief(harm))
    for position in range(7, len(content), len(content) // 40):
        yield (
            content[:position]
            + bytes([content[position] ^ 255])
            + content[position + 1 :]
        )


def test_damaged_cache_counts_as_absent(tmp_path, small, mirrors, capsys):
    mirrors("good")
    load()
    mirrors()
    path = tmp_path / "cache" / cache.CACHE
    good, refused = path.read_bytes(), 0
    for content in damaged(good, tmp_path / "harm"):
        path.write_bytes(content)
        if cache.read() is None:
            refused += 1
            assert load().name == "digits"
            assert path.read_bytes() == content  # untouched, as nothing replaced it
        else:  # bytes of the zip format that nobody reads
            assert_is_small(load(), small)
    assert refused > 40
    assert not (tmp_path / "harm").exists()
    path.write_bytes(good[:1000])
    capsys.readouterr()
    mirrors("good")
    assert_is_small(load(), small)
    said, asking, origin = capsys.readouterr().out.splitlines()
    assert said == f"The cache is not used: {path} is damaged."  # said once
    assert asking + "\n" == ASKING
    assert origin.startswith("CIFAR-10 downloaded from 127.0.0.1")
    assert path.read_bytes()[:1000] == good[:1000] and cache.read()


@pytest.mark.parametrize(
    "change",
    [
        {"test_labels": np.zeros(9, np.int64)},
        {"test_images": np.zeros((10, 32, 32, 3), np.float32)},
        {"test_images": np.zeros((10, 32, 32, 3), np.uint8)},  # a stranger's
        {"test_labels": np.array([Mischief("harm")], dtype=object)},
    ],
)
def test_cache_of_something_else(monkeypatch, tmp_path, mirrors, change, capsys):
    monkeypatch.chdir(tmp_path)
    mirrors("good")
    load()
    path = tmp_path / "cache" / cache.CACHE
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **(arrays | change))
    capsys.readouterr()
    assert cache.read() is None
    assert capsys.readouterr().out.startswith(f"The cache is not used: {path} ")
    assert not Path("harm").exists()


def test_a_cache_that_the_system_cannot_read_is_named(tmp_path, mirrors, capsys):
    path = tmp_path / "cache" / cache.CACHE
    path.mkdir(parents=True)
    assert cache.read() is None
    said = capsys.readouterr().out
    assert re.fullmatch(
        rf"The cache is not used: {re.escape(str(path))} cannot be read \(\w.+\)\.\n",
        said,
    )
    mirrors("good")
    assert load().name == "digits"  # nothing may replace a folder
    said = capsys.readouterr().out
    assert re.search(rf"\({re.escape(str(path.parent))} cannot be written, \w", said)


@needs_real
def test_the_fingerprint_is_that_of_the_official_files():
    found = cifar10.fingerprint(*cifar10.read_local(Path(REAL)))
    assert found == cifar10.FINGERPRINT


def written_badly(file, **_):
    file.write(b"PK, and then the power went")


def refused(*_):
    raise PermissionError(13, "in use")


@pytest.mark.parametrize(
    ("module", "name", "failing"),
    [(np, "savez", written_badly), (os, "replace", refused)],
)
def test_cache_stays_until_replaced(
    monkeypatch, tmp_path, mirrors, module, name, failing
):
    mirrors("good")
    load()
    path = tmp_path / "cache" / cache.CACHE
    before, (train, test) = path.read_bytes(), cache.load(path)
    monkeypatch.setattr(module, name, failing)
    with pytest.raises(OSError, match="comes back damaged|in use"):
        cache.save(path, train, test)
    assert path.read_bytes() == before
    assert not path.with_suffix(".new").exists()


needs_full = pytest.mark.skipif(
    not os.path.exists("/dev/full"), reason="this system has no /dev/full"
)


def assert_says_full(tmp_path, megabytes, capsys):
    fault = f"the disk is full, {megabytes} MB must be free in {tmp_path / 'cache'}"
    assert load().name == "digits"
    printed = capsys.readouterr().out
    assert printed.removeprefix(ASKING).startswith(
        f"{DIGITS}{fault}; set CNN_COURSE_CACHE to another folder)"
    )
    with pytest.raises(OSError, match=f"{re.escape(fault)}; set CNN_COURSE_CACHE"):
        load("cifar10")


@needs_full
def test_disk_full_while_downloading(tmp_path, mirrors, part, capsys):
    mirrors("good")
    part.symlink_to("/dev/full")
    assert_says_full(tmp_path, 1, capsys)


@needs_full
def test_no_room_is_said_before_the_download(
    monkeypatch, tmp_path, mirrors, server, part, capsys
):
    mirrors("good")
    part.write_bytes(b"12345")
    monkeypatch.setattr(cache, "CACHE_BYTES", 2_000_000)
    room = types.SimpleNamespace(free=2_000_000)
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda _: room)
    assert_says_full(tmp_path, 3, capsys)
    assert server.ranges == [] and part.read_bytes() == b"12345"


@pytest.fixture
def no_folder(monkeypatch, tmp_path):
    """Set a cache folder that nobody can make, root neither: one below a file."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNN_COURSE_CACHE", str(tmp_path / "file" / "cache"))


def test_read_only_cache_folder(tmp_path, mirrors, small, capsys, no_folder):
    mirrors("good")
    assert_is_small(load(), small)
    said, _, origin = capsys.readouterr().out.splitlines()
    assert said == "The cache folder cannot be written: using the temporary folder."
    assert origin.startswith("CIFAR-10 downloaded from 127.0.0.1")
    assert len(list((tmp_path / "temp").glob(f"*/{cache.CACHE}"))) == 1
    assert data.at_hand() == "cifar10"
    load()
    assert capsys.readouterr().out == "CIFAR-10 from the cache" + COUNTS


def test_no_folder_at_all(monkeypatch, tmp_path, mirrors, capsys, no_folder):
    mirrors("good")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    assert load().name == "digits"
    printed = capsys.readouterr().out
    assert "(no folder can be written; set CNN_COURSE_CACHE to one that can)" in printed
    assert printed.count("\n") == 1


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_cache_is_read_from_a_read_only_folder(tmp_path, mirrors, small, capsys):
    mirrors("good")
    load()
    (tmp_path / "cache").chmod(0o500)
    capsys.readouterr()
    assert_is_small(load(), small)
    assert capsys.readouterr().out == "CIFAR-10 from the cache" + COUNTS


MEASURE = """
import json, time
from pathlib import Path
from helpers import data

def kilobytes(name):
    status = Path("/proc/self/status").read_text()
    return int(status.split(name + ":")[1].split()[0])

before, seconds = kilobytes("VmRSS"), []
for _ in range(3):
    start = time.process_time()  # not of what else the machine does
    loaded = data.load_images("cifar10")
    seconds.append(time.process_time() - start)
    del loaded
print(json.dumps([min(seconds), (kilobytes("VmHWM") - before) / 1000]))
"""


@needs_real
@pytest.mark.skipif(
    not os.path.exists("/proc/self/status"),
    reason="the peak is read from Linux's /proc",
)
def test_real_cache_is_fast_and_small(tmp_path):
    (tmp_path / "cache").mkdir()
    path = tmp_path / "cache" / cache.CACHE
    cache.save(path, *cifar10.read_local(Path(REAL)))
    assert path.stat().st_size <= cache.CACHE_BYTES
    run = [sys.executable, "-c", MEASURE]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    *said, measured = done.stdout.splitlines()
    seconds, megabytes = json.loads(measured)
    assert all(line.startswith("CIFAR-10 from the cache: 45,000") for line in said)
    assert seconds < 1
    assert megabytes < 400


def test_what_a_killed_filling_left_is_swept_by_the_next_reading(mirrors, tmp_path):
    mirrors("good")
    load()
    left = [tmp_path / "cache" / name for name in (cifar10.ARCHIVE, "cifar10")]
    left = [left[0].with_name(left[0].name + ".part"), left[1].with_suffix(".new")]
    for path in left:
        path.write_bytes(b"170 MB")
    load()
    assert not any(path.exists() for path in left)


def test_a_cache_half_written_by_a_killed_program_takes_no_room(
    mirrors, tmp_path, monkeypatch
):
    mirrors("good")
    half = tmp_path / "cache" / "cifar10.new"
    half.parent.mkdir()
    half.write_bytes(b"185 MB")
    usage = cache.shutil.disk_usage

    def asked(folder):
        assert not half.exists()
        return usage(folder)

    monkeypatch.setattr(cache.shutil, "disk_usage", asked)
    load()


def test_a_really_full_disk_leaves_the_digits_and_no_half_file(
    mirrors, small_disk, monkeypatch, capsys
):
    mirrors("good")
    monkeypatch.setattr(cache, "CACHE_BYTES", 0)  # it seems to fit, and does not
    monkeypatch.setenv("CNN_COURSE_CACHE", str(small_disk / "cache"))
    disks.fill(small_disk, left=cifar10.ARCHIVE_BYTES + 20_000)
    assert load().name == "digits"
    assert "the disk is full" in capsys.readouterr().out
    assert not list((small_disk / "cache").glob("*.new"))
    (small_disk / "ballast").unlink()
    assert load().name == "cifar10"
