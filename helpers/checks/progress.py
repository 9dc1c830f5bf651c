"""What was answered, kept in one file on this machine: no name, no time, no answer.

A line is one try; lines are only added, so notebooks may write at the same time.
`CNN_COURSE_PROGRESS` names another file.
"""

import json
import os
from collections import Counter
from pathlib import Path

from helpers.checks import bank

DEFAULT = Path(__file__).parents[2] / "progress.jsonl"


def path() -> Path:
    """Return where progress is kept."""
    return Path(os.environ.get("CNN_COURSE_PROGRESS") or DEFAULT).expanduser()


def note(name: str, right: bool | None, label: str = "") -> str:
    """Add a try; return "" or one sentence where it cannot be kept."""
    line = json.dumps({"item": name, "right": right, "label": label})
    try:
        with path().open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        return f"(Your progress is not kept: {path()} cannot be written, {error.strerror}.)"
    return ""


def tries() -> list[dict]:
    """Read all tries; lines that are none, as after a crash, are left out."""
    if not path().is_file():
        return []
    found = []
    for line in path().read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            one = json.loads(line)
        except ValueError:
            continue
        if isinstance(one, dict) and isinstance(one.get("item"), str):
            found.append({"right": None, "label": ""} | one)
    return found


def table() -> list[tuple[str, int, int, int, int]]:
    """List for each notebook: questions asked there, answered, right, right at once."""
    done = {}
    for one in tries():
        done.setdefault(one["item"], []).append(bool(one["right"]))
    rows = Counter(), Counter(), Counter(), Counter()
    for name, item in bank.everything().items():
        if isinstance(item, bank.Exercise) or item.use not in ("prediction", "task"):
            continue
        page, said = name[:2], done.get(name, [])
        for row, is_so in zip(
            rows, (True, bool(said), any(said), said[:1] == [True]), strict=True
        ):
            row[page] += is_so
    return [(page, *(row[page] for row in rows)) for page in rows[0]]


def again() -> list[tuple[str, int]]:
    """List the misconceptions of wrong answers that were not mended since, by number."""
    last = {one["item"]: one for one in tries()}
    labels = Counter(one["label"] for one in last.values() if one["label"])
    return labels.most_common()
