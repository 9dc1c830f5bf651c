"""Worksheets: what a room without computers does instead of the exercises.

`instructor/worksheets.toml` holds the tasks of each session, by its notebook and part:
`ask`, what is `given` (expressions), the `answer` (an expression, computed from the
course's own layers), with names for a table's columns, `across`, and rows, `down`; and
where words are asked what a good answer `says`, for which `lines` are left; what stands
in braces there is computed too.
"""

import functools
import re
import tomllib

import numpy as np

from helpers.checks import bank
from tools.kit import FOLDER, HEAD, notebooks, plan


@functools.cache
def tasks() -> dict[str, list[dict]]:
    """Read all tasks: `{"02, first half": [task, ...]}`."""
    text = (FOLDER / "worksheets.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def name(one: dict) -> str:
    """Name a session by its notebook and part, as worksheets.toml does."""
    return one["notebook"] + (f", {one['part']}" if "part" in one else "")


def space(task: dict) -> dict:
    """Compute what a task gives; each may use those before it."""
    found: dict = {}
    for key, expression in task.get("given", {}).items():
        found[key] = bank.compute(expression, found, task.get("setup", ""))
    return found


def answer(task: dict) -> object:
    """Compute the answer of a task."""
    return bank.compute(task["answer"], space(task), task.get("setup", ""))


def says(task: dict) -> str:
    """Return the words of a good answer, with the numbers that stand in braces."""

    def computed(found: re.Match) -> str:
        return number(bank.compute(found[1], space(task), task.get("setup", "")))

    return re.sub(r"\{(.+?)\}", computed, task["says"])


def number(value: object) -> str:
    """Write a number as on paper: at most two decimals."""
    if isinstance(value, (bool, np.bool_, str)):
        return {True: "yes", False: "no"}.get(value, str(value))
    return np.format_float_positional(round(float(value), 2), trim="-").replace(
        "-0", "0" if float(value) == 0 else "-0"
    )


def rows(values: object) -> list[list[str]]:
    """Return one or two axes of numbers as rows of text."""
    grid = np.atleast_2d(np.asarray(values))
    return [[number(one) for one in row] for row in grid]


def block(values: object) -> str:
    """Return numbers as an indented block; of three axes channel by channel."""
    if np.ndim(values) == 3:
        parts = np.moveaxis(np.asarray(values), -1, 0)
        return "\n\n".join(map(block, parts))
    table = rows(values)
    wide = max(len(cell) for row in table for cell in row)
    return "\n".join(
        "    " + "  ".join(cell.rjust(wide) for cell in row) for row in table
    )


def table(task: dict, filled: bool = False) -> str:
    """Return the table of a task's answer, its rows and columns numbered or named."""

    def of(values) -> str:
        if np.ndim(values) == 3:
            return "\n\n".join(map(of, np.moveaxis(np.asarray(values), -1, 0)))
        cells = rows(values)
        across = task.get("across") or range(len(cells[0]))
        down = task.get("down") or range(len(cells))
        lines = [
            "| |" + "".join(f" {it} |" for it in across),
            "|---|" + "---|" * len(across),
        ]
        for it, row in zip(down, cells, strict=True):
            shown = "".join(f" {cell} |" if filled else "  |" for cell in row)
            lines.append(f"| **{it}** |{shown}")
        return "\n".join(lines)

    return of(answer(task))


def is_named(task: dict) -> bool:
    """Tell whether the names of rows or columns belong to what a task says."""
    return "across" in task or "down" in task


def room(task: dict) -> str:
    """Return where the answer is written."""
    parts = []
    if "answer" in task:
        value = answer(task)
        wide = np.ndim(value) > 1
        parts = [table(task)] if wide else []
        parts += (
            []
            if wide
            else ["Answer: " + "_" * 12 + " , _________" * (np.size(value) - 1)]
        )
    lines = task.get("lines", 2) if "says" in task else 0
    return "\n\n".join([*parts, *["_" * 60] * lines])


def solved(task: dict) -> str:
    """Return what stands in the key."""
    parts = [says(task)] if "says" in task else []
    if "answer" in task:
        value = answer(task)
        if is_named(task):
            parts.insert(0, "\n\n" + table(task, filled=True))
        elif np.ndim(value) > 1:
            parts.insert(0, "\n\n" + block(value))
        else:
            parts.insert(0, ", ".join(rows(value)[0]))
    return "\n\n".join(parts)


def shown(place: int, task: dict) -> str:
    """Return a task with what it gives, without room to write."""
    parts = [f"**{place}.** {task['ask'].strip()}"]
    for key, value in space(task).items():
        parts.append(f"{key}:\n\n{block(value)}" if np.ndim(value) else "")
    return "\n\n".join(filter(None, parts))


def title(session: int) -> str:
    """Return the heading of a session's worksheet."""
    one = plan()["session"][session - 1]
    part = f", {one['part']}" if "part" in one else ""
    return f"## Worksheet {session}: {notebooks()[one['notebook']]['title']}{part}"


def sheet(session: int) -> str:
    """Return the worksheet of a session (counted from 1) as Markdown."""
    found = tasks()[name(plan()["session"][session - 1])]
    pages = [f"{shown(n, task)}\n\n{room(task)}" for n, task in enumerate(found, 1)]
    return "\n\n".join([title(session), "Name: " + "_" * 30, *pages]) + "\n"


def key(session: int) -> str:
    """Return the worksheet's answers as Markdown."""
    found = tasks()[name(plan()["session"][session - 1])]
    lines = [f"**{n}.** {solved(task)}" for n, task in enumerate(found, 1)]
    return "\n\n".join([title(session) + ", key", *lines]) + "\n"


def worksheets() -> str:
    """Return worksheets.md: all tasks, each with its answer folded below."""
    opening = f"""{HEAD}
# Worksheets

For a room without computers: paper, a pencil, and the students' minutes of a session.
`make print NB=02` writes them with room to write, and a key each.
"""
    return "\n".join([opening, *map(told, range(1, len(plan()["session"]) + 1))])


def told(session: int) -> str:
    """Return a session's tasks and their answers."""
    found = tasks()[name(plan()["session"][session - 1])]
    asked = []
    for place, task in enumerate(found, 1):
        asked += [shown(place, task), *([table(task)] if is_named(task) else [])]
    lines = [f"**{place}.** {solved(task)}" for place, task in enumerate(found, 1)]
    key = ["<details><summary>Key</summary>", *lines, "</details>"]
    return "\n\n".join([title(session), *asked, *key]) + "\n"
