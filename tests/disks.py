"""File systems that fail for real: a full disk, and one that cannot be written."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


class NotAllowedError(OSError):
    """This user may not mount anything here."""


@contextlib.contextmanager
def or_skip(disk) -> Iterator[Path]:
    """Enter one of the disks below; the test is skipped where that is not allowed."""
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(disk)
        except NotAllowedError as error:
            pytest.skip(f"no disk to fill: {error}")
        yield folder


@contextlib.contextmanager
def small(folder: Path, size: str = "1m") -> Iterator[Path]:
    """Mount a disk of so many bytes on an empty folder; NotAllowedError else."""
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={size}", "tmpfs"):
        yield folder


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """Make a folder one that nobody can write, root neither."""
    with _mounted(folder, "--bind", str(folder)):
        _mount("-o", "remount,ro,bind", str(folder))
        yield folder


def fill(folder: Path, left: int = 0) -> None:
    """Leave so many bytes on the disk of a folder, up to a page of memory."""
    path = folder / "ballast"
    with contextlib.suppress(OSError), open(path, "ab", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    with open(path, "r+b") as file:
        file.truncate(max(0, path.stat().st_size - left))


@contextlib.contextmanager
def _mounted(folder: Path, *options: str) -> Iterator[None]:
    _mount(*options, str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _mount(*words: str) -> None:
    try:
        done = subprocess.run(["mount", *words], capture_output=True, text=True)
    except OSError:
        raise NotAllowedError("there is no mount here") from None
    if done.returncode:
        raise NotAllowedError("mounting needs root")
