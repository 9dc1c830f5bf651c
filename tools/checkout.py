"""The files of the course, as git lists them, and copies of them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def listed(new: bool = True) -> list[str]:
    """List the files that git knows, with `new` those too that it would add.

    Without those that were deleted; exits where git knows of none.
    """
    command = ["git", "ls-files", "-z", "--cached"]
    command += ["--others", "--exclude-standard"] if new else []
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        done = None
    names = os.fsdecode(done.stdout).split("\0") if done else []
    there = [name for name in names if (ROOT / name).is_file()]
    return there or sys.exit("This needs a git checkout: clone the course with git.")


def copied(root: Path) -> Path:
    """Copy what git knows or would take of the course to `root`; return that."""
    for name in listed():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name)
    return root
