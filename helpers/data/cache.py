"""Keep CIFAR-10 on this machine: download it once, then read one uncompressed .npz."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import numpy as np
import platformdirs

from helpers.data import cifar10, download
from helpers.data.images import Images

CACHE = "cifar10.npz"
CACHE_BYTES = 185_000_000


class NotAvailable(OSError):
    """CIFAR-10 cannot be had now; the text says why, and which setting would help."""


def exists() -> bool:
    """Return whether there is a cache that can be read, without looking into it."""
    return any(os.access(folder / CACHE, os.R_OK) for folder in _folders())


def read() -> tuple[Images, Images] | None:
    """Return the training and the test images, None if there is no undamaged cache."""
    for folder in _folders():
        if found := _load_undamaged(folder / CACHE):
            return found
    return None


def _load_undamaged(path: Path) -> tuple[Images, Images] | None:
    try:
        return load(path)
    except Exception:  # damage has many names: BadZipFile, ValueError, KeyError ...
        return None


def load(path: Path) -> tuple[Images, Images]:
    """Load what `save` wrote. The zip format's checksums find damaged bytes."""
    with np.load(path, allow_pickle=False) as file:
        train = Images(file["train_images"], file["train_labels"])
        test = Images(file["test_images"], file["test_labels"])
    for part, count in (train, 5 * cifar10.BATCH), (test, cifar10.BATCH):
        shapes = (part.images.shape, part.labels.shape)
        dtypes = (part.images.dtype, part.labels.dtype)
        if shapes != ((count, 32, 32, 3), (count,)) or dtypes != (np.uint8, np.int64):
            raise ValueError(f"{path} holds something else than CIFAR-10.")
    return train, test


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
        if not _load_undamaged(new):
            raise OSError(errno.EIO, "what was written comes back damaged")
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def fill() -> tuple[Images, Images, str]:
    """Download CIFAR-10 into the cache; return training, test, and where they are from.

    Another notebook's download is waited for. NotAvailable where it cannot be done.
    """
    folder = _writable_folder()
    part = folder / f"{cifar10.ARCHIVE}.part"
    try:
        with _one_at_a_time(folder / "cifar10.lock"):
            if found := read():
                return *found, "from the cache"
            if shutil.disk_usage(folder).free < _bytes_needed(part):
                raise OSError(errno.ENOSPC, "")
            origin = download.fetch(
                cifar10.MIRRORS, part, cifar10.ARCHIVE_BYTES, cifar10.ARCHIVE_SHA256
            )
            train, test = cifar10.read_archive(part)
            save(folder / CACHE, train, test)
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


def _bytes_needed(part: Path) -> int:
    return cifar10.ARCHIVE_BYTES - download.length(part) + CACHE_BYTES


def _folders() -> tuple[Path, Path]:
    """Return the cache's folder, and the one for when that cannot be written."""
    chosen = os.environ.get("CNN_COURSE_CACHE")
    usual = platformdirs.user_cache_path("cnn-course", appauthor=False)
    user = getattr(os, "getuid", int)()  # 0 on Windows, where temp is each user's own
    return Path(chosen or usual), Path(tempfile.gettempdir(), f"cnn-course-{user}")


def _writable_folder() -> Path:
    """Return the cache's folder or, saying so, one in the system's temporary folder."""
    for folder in _folders():
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        if folder != _folders()[0]:
            print("The cache folder cannot be written: using the temporary folder.")
        return folder
    raise NotAvailable("no folder can be written; set CNN_COURSE_CACHE to one that can")


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
