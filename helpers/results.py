"""Read what the programs of benchmarks/ measured and keep in benchmarks/results."""

import json
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "benchmarks" / "results"


def read(what: str) -> dict:
    """Read the measurement `what`: "bench", "search", "experiments" and so on.

    Raises ValueError for a name that none has, and for a damaged file.
    """
    known = sorted(path.stem for path in FOLDER.glob("[!.]*.json"))
    if what not in known:
        raise ValueError(f"there is {', '.join(known)}, not {what!r}")
    try:
        found = json.loads((FOLDER / f"{what}.json").read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(
            f"{what}.json is damaged: restore it with `git checkout -- "
            "benchmarks/results`"
        )
    return found
