"""Find the folder that keeps CIFAR-10; never one that a stranger made or can change."""

import os
import re
import stat
import tempfile
from pathlib import Path

import platformdirs

from helpers import files

COURSE = Path(__file__).parents[2]


def named(setting: str) -> Path | None:
    """Return the folder that an environment variable names, None where it names none.

    A relative path starts at the course's folder, so that it means the same in a shell
    there and in a notebook's kernel; `~` is the home. Quotes around it are not its
    own: cmd.exe keeps them.
    """
    text = re.sub(r'^"(.*)"$', r"\1", os.environ.get(setting, ""))
    return COURSE / os.path.expanduser(text) if text else None


def usual() -> Path | None:
    """Return the cache's folder, None for a user without a home."""
    if chosen := named("CNN_COURSE_CACHE"):
        return chosen
    try:
        return platformdirs.user_cache_path("cnn-course", appauthor=False)
    except RuntimeError:
        return None


def last_resort() -> Path:
    """Return the folder for when the usual one cannot be written."""
    user = getattr(os, "getuid", int)()  # 0 on Windows, where temp is each user's own
    return Path(tempfile.gettempdir(), f"cnn-course-{user}")


def readable() -> list[Path]:
    """List the folders whose files may be read, the usual one first."""
    found = [usual(), last_resort() if _is_private(last_resort()) else None]
    return [folder for folder in found if folder]


def writable() -> Path:
    """Return the usual folder or, saying so, the last resort; OSError for neither."""
    fault = ""
    for folder in (usual(), last_resort()):
        if folder is None or not _can_be_written(folder):
            continue
        if folder == usual():
            return folder
        if _is_private(folder):
            print("The cache folder cannot be written: using the temporary folder.")
            return folder
        fault = f", and {folder} is somebody else's, a link or open to others"
    raise OSError(f"no folder can be written{fault}")


def _can_be_written(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.try_to_write(folder)
    except OSError:
        return False
    return True


def _is_private(folder: Path) -> bool:
    """Return whether this is a folder, no link to one, and this user's alone.

    Anybody may have made it: its name can be guessed.
    """
    try:
        found = folder.lstat()
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return stat.S_ISDIR(found.st_mode)
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.getuid()
        and not found.st_mode & 0o077
    )
