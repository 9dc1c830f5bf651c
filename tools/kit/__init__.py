"""What an instructor takes into the room: read from notebooks and sessions.toml."""

import functools
import re
import tomllib

import nbformat

from tools.check_notebooks import NOTEBOOKS

FOLDER = NOTEBOOKS.parent / "instructor"
HEAD = "<!-- written by make kit from instructor/*.toml, notebooks and questions -->\n"


@functools.cache
def plan() -> dict:
    """Read the sessions and syllabi."""
    return tomllib.loads((FOLDER / "sessions.toml").read_text(encoding="utf-8"))


@functools.cache
def notebooks() -> dict[str, dict]:
    """Return for each number, "02", its path, title, aims, needs, declared minutes.

    `minutes` are those of reading and running it, `exercise_minutes` those of the rest.
    """
    found = {}
    for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        opening, text = cells[0].source, "\n".join(c.source for c in cells)
        aims = opening.partition("**You will learn**")[2].partition("**You need**")[0]
        learned = text.partition("## What you learned\n")[2].partition("\n## ")[0]
        needs = opening.partition("**You need**")[2].partition("**Time**")[0]
        found[path.name[:2]] = {
            "path": path,
            "title": re.search(r"^# \d+\. (.+)$", opening, re.MULTILINE)[1],
            "aims": [
                re.sub(r"\b(and|then) to\b", r"\1", aim)
                for aim in re.findall(r"^- (?:to )?(.+?)[;.]$", aims, re.MULTILINE)
            ],
            "learned": re.findall(r"^- (.+)$", learned, re.MULTILINE),
            "needs": needed(needs, path.name[:2]),
            "minutes": int(re.search(r"\*\*Time\*\* (\d+) minutes", opening)[1]),
            "exercise_minutes": int(re.search(r"(\d+) for the exercises", opening)[1]),
        }
    return found


def taught(session: dict) -> list[str]:
    """Return the notebooks of a session; `part` may name a second one."""
    return [session["notebook"], *re.findall(r"\d\d", session.get("part", ""))]


def needed(text: str, own: str) -> list[str]:
    """List the notebooks that a *You need* line links to; "2 to 7" is all of them."""
    numbers = re.findall(r"\]\((\d\d)_\w+\.ipynb[^)]*\)(?=( to )?)", text)
    found = []
    for place, (number, through) in enumerate(numbers):
        last = numbers[place + 1][0] if through else number
        found += [f"{n:02}" for n in range(int(number), int(last) + 1)]
    return sorted({number for number in found if number < own})
