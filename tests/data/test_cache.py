"""helpers.data and what it leans on, against a server and a disk that misbehave.

No test needs CIFAR-10 or a network, but those at the end, which read the real files
where CIFAR10_DIR names them. The others have an archive of 60 images.
"""

import hashlib
import io
import json
import os
import pickle
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
import tracemalloc
import types
from pathlib import Path

import numpy as np
import pytest

from helpers import data
from helpers.data import cache, cifar10, download
from tests.faulty_server import PIECE, FaultyServer

REAL = os.environ.get("CIFAR10_DIR")
DIGITS = "These are scikit-learn's digits, not CIFAR-10 ("
COUNTS = ": 40 training, 10 validation and 10 test images.\n"


def batch_file(pixels: np.ndarray, labels: list[int]) -> bytes:
    """Write a batch with the opcodes of 2009: (10, 3072) uint8, 10 labels -> pickle."""
    return (
        b"\x80\x02}(U\x06labels](" + b"".join(b"K" + bytes([k]) for k in labels) + b"e"
        b"U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
        b"K\x00\x85U\x01b\x87R(K\x01K\x0aM\x00\x0c\x86cnumpy\ndtype\n"
        b"U\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89T" + struct.pack("<i", pixels.nbytes) + pixels.tobytes() + b"tbu."
    )


class Mischief:
    """An object whose unpickling makes a folder; (os.mkdir, (path,)) as a pickle."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.fixture(scope="session")
def small():
    """The files of a CIFAR-10 with 10 images in each, their pixels, and the archive."""
    numbers = np.random.default_rng(0)
    names = [line.split()[0] for line in cifar10.FILES.splitlines()]
    pixels = {
        name: numbers.integers(0, 256, (10, 3072)).astype(np.uint8) for name in names
    }
    files = {name: batch_file(pixels[name], list(range(10))) for name in names}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name in reversed(names):  # the official order is not 1 to 5 either
            member = tarfile.TarInfo(f"{cifar10.FOLDER}/{name}")
            member.size = len(files[name])
            tar.addfile(member, io.BytesIO(files[name]))
    return types.SimpleNamespace(files=files, pixels=pixels, tar=archive.getvalue())


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(autouse=True)
def apart(monkeypatch, tmp_path):
    """Keep every test away from the real cache, temporary folder and settings."""
    for name in ("IMAGE_DATA", "CIFAR10_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("CNN_COURSE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "temp").mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(tmp_path / "temp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(cifar10, "MIRRORS", ())


@pytest.fixture
def as_official(monkeypatch, small):
    """Make the loader take the small files for the official ones."""
    lines = (
        f"{name} {len(content)} {sha256(content)}\n"
        for name, content in small.files.items()
    )
    monkeypatch.setattr(cifar10, "FILES", "".join(lines))
    monkeypatch.setattr(cifar10, "BATCH", 10)
    monkeypatch.setattr(cifar10, "ARCHIVE_BYTES", len(small.tar))
    monkeypatch.setattr(cifar10, "ARCHIVE_SHA256", sha256(small.tar))
    monkeypatch.setattr(cache, "CACHE_BYTES", 200_000)


@pytest.fixture
def server(small, as_official):
    with FaultyServer(small.tar) as running:
        yield running


@pytest.fixture
def mirrors(monkeypatch, server):
    """Return a function that makes servers with these faults the mirrors."""

    def choose(*faults):
        urls = [server.url(fault) for fault in faults]
        if not {"stalls", "trickles", "silent"}.isdisjoint(faults):
            monkeypatch.setattr(download, "TIMEOUT", 1.2)
        monkeypatch.setattr(cifar10, "MIRRORS", urls)

    return choose


@pytest.fixture
def part(tmp_path):
    """Return the path of the half-finished download, in a folder that exists."""
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache" / f"{cifar10.ARCHIVE}.part"


def load(source="auto", **settings):
    return data.load_images(source, validation=10, **settings)


def assert_is_small(loaded, small):
    """Assert that these are the small files' images, each one once."""
    assert loaded.name == "cifar10"
    train, validation, test = loaded[2:]
    images = np.concatenate([train.images, validation.images])
    found = images.transpose(0, 3, 1, 2).reshape(50, 3072).tolist()
    *expected, last = small.pixels.values()
    assert sorted(found) == sorted(np.concatenate(expected).tolist())
    assert np.array_equal(test.images.transpose(0, 3, 1, 2).reshape(10, 3072), last)
    for images, labels in (train, validation, test):
        assert (images.dtype, labels.dtype) == (np.uint8, np.int64)
        assert np.bincount(labels).tolist() == [len(labels) // 10] * 10


# The digits


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


# Which data


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


# The local copy


@pytest.fixture
def local(monkeypatch, tmp_path, small, as_official):
    """Return a folder that CIFAR10_DIR names and that holds the six files."""
    folder = tmp_path / "stick"
    folder.mkdir()
    for name, content in small.files.items():
        (folder / name).write_bytes(content)
    monkeypatch.setenv("CIFAR10_DIR", str(folder))
    return folder


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


# Pickles


def never(*_, **__):
    raise AssertionError("this must not be called")


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


# The download


def test_download_then_cache(tmp_path, capsys, small, mirrors, server):
    mirrors("good")
    first = load()
    printed = capsys.readouterr()
    assert printed.out == "CIFAR-10 downloaded from 127.0.0.1" + COUNTS
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


WORDS = {
    "closes": None,  # recovers by itself
    "stalls": "stalled",
    "trickles": "stalled",
    "silent": "did not answer",
    "garbage": "did not answer",
    "missing": "answered with error 404",
    "login": "sent something else",
    "endless_login": "sent something else",
    "redirect": "sent something else",
    "wrong": "sent wrong content",
    "wrong_and_closes": "sent wrong content",
    "ignores_range_and_closes": "closed the connection early",
}


@pytest.mark.parametrize("fault", WORDS)
def test_faulty_mirror_then_a_good_one(capsys, small, mirrors, server, fault):
    mirrors(fault, "good")
    assert_is_small(load(), small)
    assert "downloaded from 127.0.0.1: 40 training" in capsys.readouterr().out
    kept = {
        "closes": len(small.tar),
        "stalls": PIECE,
        "ignores_range_and_closes": PIECE,
    }
    if fault != "trickles":  # of which nobody knows how much arrived
        assert server.sent["good"] == len(small.tar) - kept.get(fault, 0)


@pytest.mark.parametrize("fault", [fault for fault in WORDS if WORDS[fault]])
def test_only_faulty_mirrors(tmp_path, capsys, mirrors, fault):
    mirrors(fault, "missing")
    words = f"127.0.0.1 {WORDS[fault]}, 127.0.0.1 answered with error 404"
    assert load().name == "digits"
    printed = capsys.readouterr().out
    assert printed.startswith(
        f"{DIGITS}{words}; set CIFAR10_DIR to use a local copy): "
    )
    assert printed.count("\n") == 1
    assert not (tmp_path / "cache" / cache.CACHE).exists()


def test_cifar10_that_must_be_and_cannot(mirrors):
    mirrors("missing", "wrong")
    with pytest.raises(OSError) as caught:
        load("cifar10")
    assert str(caught.value) == (
        "CIFAR-10 could not be loaded: 127.0.0.1 answered with error 404, "
        "127.0.0.1 sent wrong content; set CIFAR10_DIR to use a local copy, "
        "or source=digits to use scikit-learn's digits."
    )


def test_no_server(monkeypatch, capsys, as_official):
    with FaultyServer(b"") as gone:
        urls = [gone.url("good")] * 2
    monkeypatch.setattr(cifar10, "MIRRORS", urls)
    assert load().name == "digits"
    assert "(no mirror answered; set CIFAR10_DIR" in capsys.readouterr().out


def test_early_close_is_resumed(small, mirrors, server):
    mirrors("closes")
    assert_is_small(load(), small)
    starts = range(PIECE, len(small.tar), PIECE)
    assert server.ranges == [
        ("closes", None),
        *(("closes", f"bytes={start}-") for start in starts),
    ]
    assert server.sent["closes"] == len(small.tar)


def test_earlier_run_is_resumed(small, mirrors, server, part):
    part.write_bytes(small.tar[:100_000])
    mirrors("good")
    assert_is_small(load(), small)
    assert server.ranges == [("good", "bytes=100000-")]
    assert server.sent["good"] == len(small.tar) - 100_000


@pytest.mark.parametrize("rotten", [100_000, 10_000_000])
def test_rotten_part_is_replaced(small, mirrors, server, part, rotten):
    part.write_bytes(bytes(rotten))
    mirrors("good")
    assert_is_small(load(), small)
    assert server.ranges[-1] == ("good", None)


def test_ignored_range_spoils_nothing(small, mirrors, server, part):
    part.write_bytes(small.tar[:100_000])
    mirrors("ignores_range")
    assert_is_small(load(), small)
    assert server.sent["ignores_range"] == len(small.tar)


@pytest.mark.parametrize(
    "fault",
    [
        "login",
        "endless_login",
        "redirect",
        "missing",
        "silent",
        "other_range",
        "ignores_range_and_closes",
    ],
)
def test_good_part_survives(small, mirrors, part, fault):
    part.write_bytes(small.tar[:100_000])
    mirrors(fault)
    assert load().name == "digits"
    assert part.read_bytes() == small.tar[:100_000]


@pytest.mark.parametrize("fault", ["wrong", "wrong_and_closes"])
def test_wrong_bytes_are_deleted_unopened(monkeypatch, mirrors, part, fault):
    monkeypatch.setattr(tarfile, "open", never)
    monkeypatch.setattr(cifar10, "ArrayUnpickler", never)
    mirrors(fault)
    assert load().name == "digits"
    assert not part.exists()


def test_malicious_archive_is_never_opened(tmp_path, mirrors, server, small):
    content = pickle.dumps(Mischief(tmp_path / "harm"))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        member = tarfile.TarInfo(f"{cifar10.FOLDER}/data_batch_1")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    server.content = packed.getvalue().ljust(len(small.tar), b"\0")
    mirrors("good")
    assert load().name == "digits"
    assert not (tmp_path / "harm").exists()


def test_interrupted_then_resumed(monkeypatch, tmp_path, small, mirrors, server, part):
    class Interrupted:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def update(self, _):
            raise KeyboardInterrupt

    mirrors("good")
    with monkeypatch.context() as patched:
        patched.setattr(download, "_progress_bar", lambda *_: Interrupted())
        with pytest.raises(KeyboardInterrupt):
            load()
    kept = part.read_bytes()
    assert 0 < len(kept) < len(small.tar) and small.tar.startswith(kept)
    assert_is_small(load(), small)
    assert server.ranges[-1] == ("good", f"bytes={len(kept)}-")


CHILD = """
import json, sys
from helpers.data import cache, cifar10, download
cache.CACHE_BYTES, download.TIMEOUT = 0, 100
for name, value in json.loads(sys.argv[1]).items():
    setattr(cifar10, name, value)
print(cache.fill()[2])
"""


def test_two_notebooks_one_download(mirrors, server):
    mirrors("waits")
    names = "ARCHIVE_BYTES", "ARCHIVE_SHA256", "BATCH", "MIRRORS"
    facts = json.dumps({name: getattr(cifar10, name) for name in names})
    run = [sys.executable, "-c", CHILD, facts]
    pipe = subprocess.PIPE
    with subprocess.Popen(run, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as a:
        assert server.asked.wait(60)
        with subprocess.Popen(run, stdout=pipe, stderr=pipe, text=True) as b:
            said = b.stdout.readline()
            server.gate.set()
            printed, errors = b.communicate(timeout=60)
        assert a.stdout.read() == "downloaded from 127.0.0.1\n"
    assert said == "Another notebook is downloading CIFAR-10: waiting for it.\n"
    assert (printed, errors) == ("from the cache\n", "")
    assert server.ranges == [("waits", None)]


NO_WIDGETS = """
import sys, types
class ZMQInteractiveShell: pass
sys.modules["ipykernel.zmqshell"] = types.ModuleType("zmqshell")
sys.modules["IPython"] = ipython = types.ModuleType("IPython")
ipython.get_ipython = ZMQInteractiveShell
sys.modules["ipywidgets"] = sys.modules["IPython.html.widgets"] = None
from helpers.data import download
with download._progress_bar(0, 10) as bar:
    bar.update(5)
"""


def test_progress_bar_without_widgets():
    run = [sys.executable, "-W", "always", "-c", NO_WIDGETS]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert "CIFAR-10:   0%|" in done.stderr and "arning" not in done.stderr


# The cache


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
    assert "downloaded from 127.0.0.1" in capsys.readouterr().out
    assert path.read_bytes()[:1000] == good[:1000] and cache.read()


@pytest.mark.parametrize(
    "change",
    [
        {"test_labels": np.zeros(9, np.int64)},
        {"test_images": np.zeros((10, 32, 32, 3), np.float32)},
        {"test_labels": np.array([Mischief("harm")], dtype=object)},
    ],
)
def test_cache_of_something_else(monkeypatch, tmp_path, mirrors, change):
    monkeypatch.chdir(tmp_path)
    mirrors("good")
    load()
    path = tmp_path / "cache" / cache.CACHE
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **(arrays | change))
    assert cache.read() is None
    assert not Path("harm").exists()


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


# The disk


needs_full = pytest.mark.skipif(
    not os.path.exists("/dev/full"), reason="this system has no /dev/full"
)


def assert_says_full(tmp_path, megabytes, capsys):
    fault = f"the disk is full, {megabytes} MB must be free in {tmp_path / 'cache'}"
    assert load().name == "digits"
    printed = capsys.readouterr().out
    assert printed.startswith(
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
def test_disk_full_while_writing_the_cache(tmp_path, mirrors, small, part, capsys):
    mirrors("good")
    new = part.with_name(cache.CACHE).with_suffix(".new")
    new.symlink_to("/dev/full")
    assert load().name == "digits"
    assert "the disk is full, 1 MB must be free" in capsys.readouterr().out
    assert part.read_bytes() == small.tar
    mirrors()
    assert_is_small(load(), small)  # with room again, nothing is downloaded twice
    assert "CIFAR-10 downloaded by an earlier run: 40" in capsys.readouterr().out


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
    said, origin = capsys.readouterr().out.splitlines()
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


# Splitting, scaling, the photo


def test_split():
    labels = np.repeat(np.arange(5), [100, 100, 100, 100, 600])
    images = np.arange(1000)
    train, validation = data.split(images, labels, 200)
    assert np.bincount(validation.labels).tolist() == [20, 20, 20, 20, 120]
    both = np.concatenate([train.images, validation.images])
    assert np.array_equal(np.sort(both), images)
    assert np.array_equal(labels[train.images], train.labels)
    again, other = (data.split(images, labels, 200, seed) for seed in (0, 1))
    assert np.array_equal(again[0].images, train.images)
    assert not np.array_equal(other[0].images, train.images)


@pytest.mark.parametrize("validation", [-1, 0, 9, 91, 100, 5000, 0.1])
def test_split_that_cannot_be(validation):
    labels = np.arange(100) % 10
    with pytest.raises(ValueError, match=f"validation={validation} .* from 10 to 90"):
        data.split(labels, labels, validation)


def test_scale_makes_no_float64():
    images = np.arange(256, dtype=np.uint8).repeat(32 * 32 * 3).reshape(256, 32, 32, 3)
    tracemalloc.start()
    scaled = data.scale(images)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert scaled.dtype == np.float32 and scaled.shape == images.shape
    assert np.allclose(scaled[:, 0, 0, 0], np.arange(256) / 255)
    assert peak < 1.5 * scaled.nbytes


def test_scale_refuses_scaled_images():
    with pytest.raises(ValueError, match="float32, not uint8"):
        data.scale(data.scale(np.zeros((1, 32, 32, 3), np.uint8)))


def test_sample_photo():
    photo = data.sample_photo()
    assert photo.shape == (300, 300, 3) and photo.dtype == np.uint8
    assert photo.flags.owndata and photo.std() > 30


def test_import_is_silent_and_without_keras(tmp_path):
    program = "import sys; from helpers import data; print('keras' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("False\n", "")
    assert not (tmp_path / "cache").exists()


# The real CIFAR-10


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
