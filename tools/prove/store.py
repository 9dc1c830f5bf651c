"""What the steps of `make prove` found, kept from run to run.

Each step's finding is a JSON file under `build/prove`; `benchmarks/results/prove.json`
holds them all, so that another checkout goes on where this one stopped.
"""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

from benchmarks import record
from helpers import files
from tools.prove import Promise

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "prove"
SUMMARY = ROOT / "benchmarks" / "results" / "prove.json"
WRITTEN = [":!benchmarks/results", ":!RELIABILITY.md"]  # by make prove itself


class DamagedError(ValueError):
    """A file of findings was cut or edited."""


def place(promise: Promise, step: str, suffix: str = ".json") -> Path:
    """Return where a step's finding lies; the name of a step may hold slashes."""
    return BUILD / promise.name / f"{step.replace('/', '-')}{suffix}"


def keep(path: Path, content: dict[str, dict]) -> None:
    """Write JSON whole or not at all, with a line for each step or key inside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=1, separators=(", ", ": "))
    text = re.sub(r"\n {3,}|\n  (?=[]}])| (?=\n {0,2}\S)", "", text)
    with files.beside(path) as part:
        part.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> dict:
    """Return what a file holds, {} without one; DamagedError for half a file."""
    try:
        return record.read(path)
    except FileNotFoundError:
        return {}
    except ValueError:
        raise DamagedError(f"{path} is damaged: delete it and run it again") from None


def results(promise: Promise) -> dict[str, dict]:
    """Return by step, in order, what was found, when, where and for which commit.

    Of a step that was run here and elsewhere the later one counts.
    """
    kept, found = read(SUMMARY).get(promise.name, {}), {}
    for step in promise.steps():
        two = [kept.get(step), read(place(promise, step)) or None]
        if known := [result for result in two if result]:
            found[step] = max(reversed(known), key=lambda result: result["date"])
    return found


def sum_up(promises: list[Promise]) -> dict[str, dict]:
    """Write `prove.json` from everything known about these promises; return it."""
    whole = {promise.name: results(promise) for promise in promises}
    whole = {name: steps for name, steps in whole.items() if steps}
    if whole:
        keep(SUMMARY, whole)
    return whole


def renew(promise: Promise) -> None:
    """Mark what is known about a promise: it counts until each step was run again."""
    for step, result in results(promise).items():
        keep(place(promise, step), result | {"again": True})
    for folder in (BUILD / promise.name).glob("*/"):
        shutil.rmtree(folder)  # what its steps keep between them


def missing(promise: Promise) -> list[str]:
    """List the steps of a promise that were never run, or are to be run again."""
    known = results(promise)
    return [s for s in promise.steps() if known.get(s, {"again": True}).get("again")]


def commit() -> str:
    """Name the commit that is proved, with + where files were changed since."""
    try:
        name = _git("rev-parse", "--short", "HEAD")
        changed = _git("status", "--porcelain", "--", ".", *WRITTEN)
    except (OSError, subprocess.CalledProcessError):
        return "no commit"
    return name + "+" * bool(changed)


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def finding(found: dict, machine: str, seconds: float) -> dict:
    """Return a finding with its date, machine and commit."""
    return {
        "found": found,
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine,
        "commit": commit(),
        "seconds": round(seconds, 1),
    }
