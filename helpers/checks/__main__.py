"""What you answered: `python -m helpers.checks`, `--export FILE`, `--forget`.

Everything stays on this machine, in one file that holds no name, no time and no answer.
"""

import argparse
import shutil
import sys
from pathlib import Path

from helpers import files
from helpers.checks import answered, progress


def export(target: Path) -> None:
    """Copy the file, for an instructor who asks; never over a file that is there."""
    if target.exists():
        sys.exit(f"{target} is there already: give another name")
    if not progress.path().is_file():
        sys.exit("Nothing was answered yet, so there is nothing to export.")
    try:
        with files.beside(target) as part:
            shutil.copyfile(progress.path(), part)
    except OSError as error:
        sys.exit(str(error))


def forget() -> None:
    """Delete the file."""
    try:
        progress.path().unlink(missing_ok=True)
    except OSError as error:
        sys.exit(f"{progress.path()} cannot be deleted: {error.strerror}")
    print("Forgotten.")


def main(arguments: list[str]) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="helpers.checks", description=__doc__)
    parser.add_argument("--export", type=Path, metavar="FILE", help="copy it to FILE")
    parser.add_argument("--forget", action="store_true", help="delete it")
    asked = parser.parse_args(arguments)
    if asked.export:
        export(asked.export)
    elif asked.forget:
        forget()
    else:
        answered()


if __name__ == "__main__":
    main(sys.argv[1:])
