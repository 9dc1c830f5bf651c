"""What was answered, kept in one file on this machine: no name, no time, no answer.

A line is one try; lines are only added, so notebooks may write at the same time.
`CNN_COURSE_PROGRESS` names another file.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from helpers.checks import bank

DEFAULT = Path(__file__).parents[2] / "progress.jsonl"


def path() -> Path:
    """Return where progress is kept."""
    chosen = os.environ.get("CNN_COURSE_PROGRESS", "").strip('"') or DEFAULT
    return DEFAULT.parent / Path(chosen).expanduser()  # a relative one starts there


def note(name: str, right: bool | None, label: str = "") -> str:
    """Add a try; return "" or one sentence where it cannot be kept."""
    line = json.dumps({"item": name, "right": right, "label": label})
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        torn = path().is_file() and path().read_bytes()[-1:] not in (b"", b"\n")
        with path().open("a", encoding="utf-8") as file:
            file.write("\n" * torn + line + "\n")
    except OSError as error:
        return f"(Your progress is not kept: {path()}: {error.strerror}.)"
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
        if isinstance(one, dict) and _printable(one.get("item")):
            label = one.get("label")
            one["label"] = label if _printable(label) else ""
            found.append({"right": None} | one)
    return found


def _printable(name: object) -> bool:
    """Tell whether this is text that steers no terminal: files are handed on."""
    return isinstance(name, str) and name.isprintable()


@dataclass
class Row:
    """What was done in one notebook: numbers of its predictions and tasks."""

    notebook: str
    asked: int = 0
    answered: int = 0
    right: int = 0
    at_once: int = 0


def table() -> list[Row]:
    """Count what was answered, notebook by notebook."""
    said = {}
    for one in tries():
        said.setdefault(one["item"], []).append(one["right"] is True)
    rows = {}
    for name, item in bank.everything().items():
        if getattr(item, "use", "") in ("prediction", "task"):
            row = rows.setdefault(name[:2], Row(name[:2]))
            row.asked += 1
            row.answered += name in said
            row.right += any(said.get(name, []))
            row.at_once += said.get(name, [False])[0]
    return list(rows.values())


def again() -> dict[str, list[str]]:
    """Return the labels of what was last answered wrong, each with its questions."""
    found = {}
    for name, label in {one["item"]: one["label"] for one in tries()}.items():
        if label:
            found.setdefault(label, []).append(name)
    return dict(sorted(found.items(), key=lambda pair: -len(pair[1])))
