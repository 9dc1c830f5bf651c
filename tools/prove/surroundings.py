"""The conditions under which `reproduction` runs the course, each made for real."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.checkout import copied
from tools.prove.store import ROOT

THREADS = "OMP_NUM_THREADS TF_NUM_INTRAOP_THREADS TF_NUM_INTEROP_THREADS"
SETTINGS = {
    "as it is": {},
    "AVX2": {"ONEDNN_MAX_CPU_ISA": "AVX2"},
    "one thread": dict.fromkeys(THREADS.split(), "1"),
    "C locale": {
        "LC_ALL": "C",
        "LANG": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    },
    "time zone": {"TZ": "Pacific/Chatham"},  # 13:45 ahead in summer, so often tomorrow
}
FOLDERS = ["other folder", "read-only", "odd path"]
ALL = [*SETTINGS, *FOLDERS]
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && "$@"'


class NotHereError(Exception):
    """This machine cannot make these surroundings."""


@dataclass(frozen=True)
class Surroundings:
    """Where the course lies, where and by which Python its commands are started."""

    root: Path = ROOT
    folder: Path = ROOT
    before: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    python: str = sys.executable


@contextlib.contextmanager
def made(name: str) -> Iterator[Surroundings]:
    """Make these surroundings for a while; NotHereError where that fails."""
    if name in SETTINGS:
        with _processors(1 if name == "one thread" else None):
            yield Surroundings(settings=SETTINGS[name])
    elif name == "read-only":
        yield Surroundings(before=read_only(ROOT))
    else:
        with tempfile.TemporaryDirectory() as folder:
            if name == "other folder":
                yield Surroundings(folder=Path(folder))
            else:
                root = copied(Path(folder) / "Kurs für Zoë (новый), 100 %")
                yield Surroundings(root, root)


@contextlib.contextmanager
def _processors(number: int | None) -> Iterator[None]:
    """Leave so many processors to what is started here, where the system can."""
    if number is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:number])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def read_only(root: Path) -> list[str]:
    """Return what, before a command, lets it see `root` on a read-only mount.

    The mount is seen by that command alone. NotHereError where mounting is not allowed.
    """
    before = ["unshare", "--mount", "--map-root-user", "sh", "-c", READ_ONLY, str(root)]
    tried = [*before, "sh", "-c", "! touch written 2> /dev/null"]
    if not shutil.which("unshare"):
        raise NotHereError("no read-only mount here: there is no unshare")
    done = subprocess.run(tried, capture_output=True, text=True)
    if done.returncode:
        raise NotHereError(f"no read-only mount here: {done.stderr.strip()}")
    return before
