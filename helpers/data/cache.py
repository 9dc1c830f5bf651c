"""Keep CIFAR-10 on this machine: download it once, then read one uncompressed .npz."""

import errno
import math
import os
import shutil
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock
import numpy as np

from helpers import files
from helpers.data import cifar10, download, folders, request
from helpers.data.images import Images

CACHE = "cifar10.npz"
CACHE_BYTES = 185_000_000
NO_ANSWER = "no-answer"  # a file: when all mirrors were silent
DAY = 86_400  # seconds


class NotAvailable(OSError):
    """CIFAR-10 cannot be had now; the text says why, and which setting would help."""


def exists() -> bool:
    """Return whether there is a cache that can be read, without looking into it."""
    found = (folder / CACHE for folder in folders.readable())
    return any(os.access(path, os.R_OK) for path in found)


def read(quietly: bool = False) -> tuple[Images, Images] | None:
    """Return the training and the test images, None if there is no undamaged cache.

    A damaged one is named in a line unless `quietly`.
    """
    for folder in folders.readable():
        try:
            found = load(folder / CACHE)
            _sweep(folder)
            return found
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            fault = f"{folder / CACHE} cannot be read ({error.strerror or error})"
        except ValueError as error:
            fault = str(error)
        if not quietly:
            print(f"The cache is not used: {fault}.")
    return None


def _sweep(folder: Path) -> None:
    """Delete what a program that was killed after its download left: 170 MB or more."""
    for left in (folder / f"{cifar10.ARCHIVE}.part", folder / "cifar10.new"):
        with suppress(OSError):  # the folder may be another's
            left.unlink()


def load(path: Path) -> tuple[Images, Images]:
    """Load what `save` wrote; ValueError where it is not CIFAR-10, byte for byte."""
    try:
        train, test = _arrays(path)
    except (OSError, MemoryError):
        raise
    except Exception:  # damage has many names: BadZipFile, KeyError, EOFError ...
        raise ValueError(f"{path} is damaged") from None
    if cifar10.fingerprint(train, test) != cifar10.FINGERPRINT:
        raise ValueError(f"{path} holds something else than CIFAR-10")
    return train, test


def _arrays(path: Path) -> tuple[Images, Images]:
    with np.load(path, allow_pickle=False) as file:
        for member in file.zip.infolist():
            _check_size(file.zip, member)
        train = Images(file["train_images"], file["train_labels"])
        return train, Images(file["test_images"], file["test_labels"])


def _check_size(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """ValueError where an array would take more memory than its file has bytes."""
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        read = getattr(np.lib.format, "read_array_header_{}_{}".format(*version))
        shape, _, dtype = read(file)
    stored = archive.fp and os.fstat(archive.fp.fileno()).st_size
    if math.prod(shape) * dtype.itemsize > stored or member.file_size > stored:
        raise ValueError(f"{member.filename} is larger than its file")


def save(path: Path, train: Images, test: Images) -> None:
    """Write the cache; an old one stays until the new one has proved readable."""
    new = path.with_suffix(".new")
    arrays = {
        "train_images": train.images,
        "train_labels": train.labels,
        "test_images": test.images,
        "test_labels": test.labels,
    }
    try:
        with open(new, "wb") as file:
            np.savez(file, **arrays)
        try:
            load(new)
        except ValueError:
            fault = "what was written comes back damaged"
            raise OSError(errno.EIO, fault) from None
        files.move(new, path)
    finally:
        new.unlink(missing_ok=True)


def fill() -> tuple[Images, Images, str]:
    """Download CIFAR-10 into the cache; return training, test, and where they are from.

    Another notebook's download is waited for. NotAvailable where it cannot be done.
    """
    try:
        folder = folders.writable()
    except OSError as error:
        raise NotAvailable(f"{error}; set CNN_COURSE_CACHE to one that can") from None
    part = folder / f"{cifar10.ARCHIVE}.part"
    try:
        with _one_at_a_time(folder / "cifar10.lock"):
            if found := read(quietly=True):
                return *found, "from the cache"
            (folder / CACHE).with_suffix(".new").unlink(missing_ok=True)
            if shutil.disk_usage(folder).free < _bytes_needed(part):
                raise OSError(errno.ENOSPC, "")
            origin = _download(part, folder / NO_ANSWER)
            train, test = cifar10.read_archive(part)
            save(folder / CACHE, train, test)
            with suppress(OSError):  # swept by a reader, or a scanner still reads it
                part.unlink()
            return train, test, f"downloaded {origin}"
    except ConnectionError as error:
        raise NotAvailable(f"{error}; set CIFAR10_DIR to use a local copy") from None
    except OSError as error:
        fault = f"{folder} cannot be written, {error.strerror or error}"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            megabytes = -(-_bytes_needed(part) // 10**6)
            fault = f"the disk is full, {megabytes} MB must be free in {folder}"
        raise NotAvailable(f"{fault}; set CNN_COURSE_CACHE to another folder") from None


def _download(part: Path, mark: Path) -> str:
    """Download the archive; `mark` keeps, for a day, that no mirror answered.

    The next kernel then waits for a second a mirror, not for a long time again.
    """
    lately = mark.exists() and time.time() - mark.stat().st_mtime < DAY
    patience = request.SHORT if lately else request.PATIENCE
    print("CIFAR-10 is not here yet: asking for it, 170 MB ...", flush=True)
    size, sha256 = cifar10.ARCHIVE_BYTES, cifar10.ARCHIVE_SHA256
    try:
        origin = download.fetch(cifar10.MIRRORS, part, size, sha256, patience)
    except download.NoAnswer:
        mark.touch()
        raise
    mark.unlink(missing_ok=True)
    return origin


def _bytes_needed(part: Path) -> int:
    return cifar10.ARCHIVE_BYTES - download.length(part) + CACHE_BYTES


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Wait, saying so, while another notebook is downloading."""
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        print("Another notebook is downloading CIFAR-10: waiting for it.", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
