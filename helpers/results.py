"""Read what the programs of benchmarks/ measured and keep in benchmarks/results."""

import json
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "benchmarks" / "results"


def read(what: str) -> dict:
    """Read the measurement `what`: "bench", "search", "experiments" and so on.

    Raises ValueError for a name that none has.
    """
    known = sorted(path.stem for path in FOLDER.glob("[!.]*.json"))
    if what not in known:
        raise ValueError(f"there is {', '.join(known)}, not {what!r}")
    return json.loads((FOLDER / f"{what}.json").read_text(encoding="utf-8"))
