"""What stands beside every number, and how it is written. It imports no Keras."""

import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

from helpers import files, quiet


def processor() -> str:
    """Name the processor's model where the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    named = [x.partition(":")[2].strip() for x in lines if x.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def machine() -> str:
    """Name cores, processor and versions; no host name."""
    versions = {name: metadata.version(name) for name in ("keras", "numpy")}
    keras = sys.modules.get("keras")
    backend = keras.backend.backend() if keras else quiet.backend()
    return (
        f"{os.cpu_count()} cores of {processor()}, {platform.system()}, "
        f"Python {platform.python_version()}, Keras {versions['keras']} on {backend}, "
        f"NumPy {versions['numpy']}"
    )


def write(path: Path, content: dict) -> None:
    """Write a JSON file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.beside(path) as part:
        part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> dict:
    """Read what `write` wrote; ValueError for a damaged file, which is left alone."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} is damaged: restore it, or move it away")
    return found


def seeds(words: list[str], usual: int) -> range:
    """Return the seeds that `make` was asked for; ValueError for what is no number."""
    for word in words:
        if not word.isdecimal() or not int(word):
            raise ValueError(f"SEEDS={word} is no number of seeds: take 1 or more")
    return range(int(words[0]) if words else usual)


def run_program(main, *arguments) -> None:
    """Run a program; what it lacks or refuses ends it with a sentence, untraced."""
    try:
        main(*arguments)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
