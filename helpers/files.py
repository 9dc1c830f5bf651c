"""Files that a program must not lose: one writer at a time, whole or not at all."""

import contextlib
import errno
import glob
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock

FULL = (errno.ENOSPC, errno.EDQUOT)
# seconds: on Windows a virus scanner or OneDrive holds open for a moment what is new
PATIENCE = 2 if os.name == "nt" else 0


def check(path: Path, suffix: str | None = None) -> None:
    """Raise ValueError where `path` cannot be written, before hours of work are lost.

    Nothing is written; `suffix` is how the name must end.
    """
    if suffix and path.suffix != suffix:
        raise ValueError(f'{path.name} must end in "{suffix}"')
    if not path.parent.is_dir():
        raise ValueError(f"{path.name} cannot be written: {path.parent} is no folder")
    if path.is_dir():
        raise ValueError(f"{path.name} cannot be written: it is a folder")
    try:
        try_to_write(path.parent)
    except OSError as error:
        raise ValueError(
            f"{path.name} cannot be written, {error.strerror}: give a file in a folder "
            "of your own"
        ) from None


def try_to_write(folder: Path) -> None:
    """Write an empty file into a folder and take it away; OSError where that fails.

    `tempfile` does not say so on Windows: it takes a refusal for a name in use, and
    tries two billion others (python/cpython#66305).
    """
    tried = folder / f".{secrets.token_hex(8)}"
    os.close(os.open(tried, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    patiently(tried.unlink)


def hold(path: Path, shared: bool = False) -> filelock.BaseFileLock:
    """Keep `path` for this program until `let_go`; wait for `PATIENCE` seconds at most.

    A hidden file beside it is locked; the system frees it when a program is killed.
    Another tells the program's number, because Windows lets nobody read the first.
    BlockingIOError, which names the process, where `path` is held already; what is
    `shared` may be held several times within one process.
    """
    mark = path.absolute().with_name(f".{path.name}.lock")
    lock = filelock.FileLock(
        mark, timeout=PATIENCE, thread_local=False, is_singleton=shared
    )
    try:
        with plainly(path, mark):
            lock.acquire()
    except filelock.Timeout:
        raise BlockingIOError(
            f"{path.name} is in use by {_holder(mark)}: stop that one first, or give "
            "another file"
        ) from None
    with contextlib.suppress(OSError):
        _number(mark).write_text(str(os.getpid()), encoding="utf-8")
    return lock


def let_go(lock: filelock.BaseFileLock) -> None:
    """End what `hold` began, and remove the hidden files with the last one."""
    if lock.lock_counter == 1:
        mark = Path(lock.lock_file)
        for left in (_number(mark), mark):
            with contextlib.suppress(OSError):  # Windows removes the lock itself
                left.unlink()
    lock.release()


def _number(mark: Path) -> Path:
    """Return the file that tells which process holds a lock."""
    return mark.with_suffix(".pid")


def _holder(mark: Path) -> str:
    """Say which process holds a lock, as far as it can be read."""
    try:
        number = int(_number(mark).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "another program"
    return "this notebook" if number == os.getpid() else f"process {number}"


@contextlib.contextmanager
def alone(*paths: Path) -> Iterator[None]:
    """Keep these files for this program; sweep what killed writers left beside them."""
    with contextlib.ExitStack() as held:
        for path in paths:
            held.callback(let_go, hold(path))
            _sweep(path, 0)
        yield


@contextlib.contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Yield a path to write to, which then replaces `path` unless an error came.

    What killed programs left there more than an hour ago is swept. OSError in one
    sentence where the disk is full or nothing may be written.
    """
    _sweep(path, 3600)
    part = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        with plainly(path, part):
            yield part
            move(part, path)
    finally:
        with contextlib.suppress(OSError):  # it is moved, or was never written
            part.unlink()


def move(part: Path, place: Path) -> None:
    """Give a file, or a folder of files, its final name; a file there is replaced.

    Only once the disk holds what is in it: else a cut of power may leave the new name
    and neither content. OSError if it cannot be moved within `PATIENCE` seconds.
    """

    def moved():
        for path in part.iterdir() if part.is_dir() else [part]:
            with open(path, "rb+" if os.name == "nt" else "rb") as file:
                os.fsync(file.fileno())
        os.replace(part, place)

    patiently(moved)


def patiently(do: Callable):
    """Return what `do` returns; while a scanner is in its way, try for `PATIENCE`."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return do()
        except PermissionError:
            if time.monotonic() >= until:
                raise
        time.sleep(0.05)


@contextlib.contextmanager
def together(first: Path, *others: Path) -> Iterator[list[Path]]:
    """Yield paths to write to, which then replace these files: all of them, or none.

    The files lie in one folder. After a kill in between, or where a file could not be
    replaced, `finish`, or the next call, moves what is ready. A part that is not
    written replaces nothing. OSError as for `beside`, for a folder in a file's place,
    and for a file that cannot be replaced; BlockingIOError while another program writes
    `first`.
    """
    with alone(first):
        if names := [path.name for path in (first, *others) if path.is_dir()]:
            says = "cannot be written: it is a folder; nothing was changed"
            raise OSError(f"{names[0]} {says}")
        _move(first, late=True)
        work = first.with_name(f".{first.name}.new")
        shutil.rmtree(work, ignore_errors=True)
        try:
            with plainly(first, work):
                work.mkdir()
                yield [work / path.name for path in (first, *others)]
                move(work, _ready(first))
                _move(first)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def finish(first: Path) -> None:
    """End what a killed `together` had ready; nothing happens where nothing was."""
    if _ready(first).is_dir():
        with alone(first):
            _move(first, late=True)


def _ready(first: Path) -> Path:
    """Return the folder in which all parts are whole."""
    return first.with_name(f".{first.name}.ready")


def _move(first: Path, late: bool = False) -> None:
    """Move the parts that are ready; late, none onto what was written there since."""
    if (ready := _ready(first)).is_dir():
        for part in ready.iterdir():
            place = first.with_name(part.name)
            if late and place.exists() and _written(place) > _written(part):
                part.unlink()
            else:
                _replace(part, place)
        patiently(ready.rmdir)


def _replace(part: Path, place: Path) -> None:
    """Move a part that is ready; OSError, in one sentence, where that cannot be."""
    try:
        move(part, place)
    except OSError as error:
        raise OSError(
            f"{place.name} cannot be replaced, {error.strerror}: close it where it is "
            "open, or move it away, and do the same again; what is new waits in "
            f"{part.parent.name}"
        ) from None


def _written(path: Path) -> int:
    """Return when a file was last written, in nanoseconds."""
    return path.stat().st_mtime_ns


@contextlib.contextmanager
def plainly(path: Path, part: Path | None = None) -> Iterator[None]:
    """Say in one sentence that `path` cannot be written; other errors pass."""
    try:
        yield
    except OSError as error:
        full = error.errno in FULL
        # a name may be a number; of `together` a file within the part is meant too
        mine = part is not None and Path(str(error.filename)).is_relative_to(part)
        if error.errno is None or not (full or mine):
            raise
        fault = "the disk is full" if full else error.strerror
        advice = "free some space" if full else "give a place that can be written"
        said = f"{path.name} cannot be written, {fault}: {advice}; nothing was changed"
        plain = OSError(said)
        plain.errno = error.errno
        raise plain from None


def _sweep(path: Path, seconds: int) -> None:
    """Delete half-written files of `path` that are older than so many seconds."""
    name = f".{glob.escape(path.stem)}.[0-9]*{path.suffix}"
    for left in path.parent.glob(name):
        with contextlib.suppress(OSError):
            middle = left.name[len(path.stem) + 2 : -len(path.suffix)]
            if middle.isdigit() and time.time() - left.stat().st_mtime >= seconds:
                left.unlink()
