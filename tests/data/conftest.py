"""The small CIFAR-10, its servers and folders, away from the real ones."""

import io
import tarfile
import tempfile
import types

import numpy as np
import pytest

from helpers.data import cache, cifar10, request
from tests.data.faulty_server import FaultyServer
from tests.data.small import batch_file, sha256


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
    monkeypatch.setattr(cifar10, "ARCHIVE_BYTES", len(small.tar))
    monkeypatch.setattr(cifar10, "ARCHIVE_SHA256", sha256(small.tar))
    monkeypatch.setattr(cache, "CACHE_BYTES", 200_000)
    files = ((name, io.BytesIO(content)) for name, content in small.files.items())
    found = cifar10.fingerprint(*cifar10._assemble(files))
    monkeypatch.setattr(cifar10, "FINGERPRINT", found)


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
            monkeypatch.setattr(request, "TIMEOUT", 1.2)
            monkeypatch.setattr(request, "PATIENCE", 1.2)
        monkeypatch.setattr(cifar10, "MIRRORS", urls)

    return choose


@pytest.fixture
def part(tmp_path):
    """Return the path of the half-finished download, in a folder that exists."""
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache" / f"{cifar10.ARCHIVE}.part"


@pytest.fixture
def local(monkeypatch, tmp_path, small, as_official):
    """Return a folder that CIFAR10_DIR names and that holds the six files."""
    folder = tmp_path / "stick"
    folder.mkdir()
    for name, content in small.files.items():
        (folder / name).write_bytes(content)
    monkeypatch.setenv("CIFAR10_DIR", str(folder))
    return folder
