"""A folder belongs to one training: what decides that is kept in a file beside it."""

import json
from pathlib import Path

from helpers import files


class OtherError(ValueError):
    """The folder holds another training, or does not say which."""


def keep(path: Path, wanted: dict, begun: bool) -> None:
    """Keep in `path` what decides a training; OtherError where it began with another.

    `wanted` is what JSON can hold. Where nothing was `begun`, what is kept gives way;
    where nothing is kept, the training is taken for this one.
    """
    kept = _read(path) if begun and path.is_file() else {}
    for key, value in wanted.items():
        if (old := kept.get(key, value)) != value:
            raise OtherError(
                f"{path.parent} holds a training that was begun with another "
                f"{key.replace('_', ' ')} ({old}, now {value}): give back what it was "
                "begun with, or give another folder"
            )
    with files.beside(path) as part:
        part.write_text(json.dumps(wanted) + "\n", encoding="utf-8")


def _read(path: Path) -> dict:
    """Return what is kept in a file; OtherError where that is damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    except ValueError:
        pass
    raise OtherError(
        f"{path} is damaged: give another folder, or delete this file if the training "
        "in its folder is the one to go on with"
    )
