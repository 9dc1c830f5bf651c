"""What the speaker reads beside a slide: the instructor's guide, and the bank."""

import html
import re
import tomllib
from pathlib import Path

import numpy as np

from helpers.checks import bank
from tools.book import notebooks

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "instructor" / "guide.md"
PLAN = ROOT / "instructor" / "sessions.toml"
# Crouch and Mazur, Peer Instruction (2001): the share of right answers that pays
DISCUSS = (
    "Let all vote before anybody speaks. Between 35 and 70 % right: let neighbours "
    "convince each other, vote again, then show the next slide. More: go on. Fewer: "
    "explain first."
)


def of_notebook(name: str) -> str:
    """Return what the guide and the plan of sessions say of a notebook, as HTML."""
    guide = GUIDE.read_text(encoding="utf-8")
    said = [line for one in sessions() if about(one, name) for line in session(one)]
    remarks = re.findall(r"^- ((?:.+\n(?:  .+\n)*))", guide, re.MULTILINE)
    said += [it for it in remarks if it.startswith(f"Notebook {name} ")]
    said += [
        f"Often said: {row[0]} Say instead: {row[1]}"
        for row in rows(guide, 2)
        if f"notebook {name}" in row[1]
    ]
    return paragraphs([plain(it) for it in said])


def sessions() -> list[dict]:
    """Return the plan of sessions, `instructor/sessions.toml`, where there is one."""
    if not PLAN.is_file():
        return []
    return tomllib.loads(PLAN.read_text(encoding="utf-8"))["session"]


def about(session: dict, name: str) -> bool:
    """Tell whether a session is about a notebook; `part` may name a second one."""
    return name in (session["notebook"], *re.findall(r"\d\d", session.get("part", "")))


def session(one: dict) -> list[str]:
    """Write what a session's plan says, a line for each thing."""
    half = f" ({one['part']})" if "part" in one else ""
    named = {"present": f"Present{half}", "students": "Students", "close": "Close"}
    named |= {"say": "Say", "cut": "Leave out if short of time"}
    return [f"{said}: {one[key]}" for key, said in named.items() if key in one]


def rows(guide: str, columns: int) -> list[list[str]]:
    """Return the rows of the guide's tables that have so many columns."""
    lines = [
        line.strip("|").split("|") for line in guide.splitlines() if line[:1] == "|"
    ]
    return [[cell.strip() for cell in row] for row in lines if len(row) == columns]


def of_slide(cells: list, places: list[int]) -> str:
    """Return the notes of one slide: how to vote, or the text after the answer."""
    asked = [
        item
        for k in places
        if notebooks.ASKING.match(cells[k].source)
        for item in items(cells[k].source)
    ]
    if any(notebooks.ASKING.match(cells[k].source) for k in places):
        return paragraphs([DISCUSS, *(mistake(i, w) for i in asked for w in i.wrong)])
    following = cells[places[-1] + 1 : places[-1] + 2]
    texts = [plain(c.source) for c in following if c.cell_type == "markdown"]
    return paragraphs(texts)


def items(source: str) -> list[bank.Item]:
    """Return the bank's items that a cell asks."""
    return [bank.find(name) for name in notebooks.CHECKED.findall(source)]


def options(item: bank.Item) -> list[str]:
    """Return what a room votes on: the item's options, or four numbers, one right."""
    if item.lines:
        return list(item.lines)
    if item.options:
        return [item.fill(option) for option in item.options]
    given = [item.right(), *(item.given(wrong) for wrong in item.wrong)]
    found = {written(item, one): numbers(one) for one in reversed(given)}
    four = list(found)[-4:]
    return sorted(four, key=found.get) if len(found) > 1 else []


def numbers(answer: object) -> list[float]:
    """Return the numbers of an answer in a row; any number counts as 0."""
    if isinstance(answer, (list, tuple, np.ndarray)):
        return [number for one in answer for number in numbers(one)]
    return [float(answer or 0)]


def written(item: bank.Item, answer: object) -> str:
    """Write an answer in numbers as a room reads it; a pair is an interval."""
    if answer is None:
        return "any"
    if isinstance(answer, (list, tuple, np.ndarray)):
        word = {"number": " to ", "shape": " x "}.get(item.kind, ", ")
        return word.join(written(item, one) for one in answer)
    unit = f" {item.unit}" if item.unit and item.kind == "number" else ""
    whole = float(answer) == round(float(answer))
    return f"{float(answer):,.{0 if whole else 4}{'f' if whole else 'g'}}{unit}"


def mistake(item: bank.Item, wrong: bank.Wrong) -> str:
    """Say who gives a wrong answer, and what to tell them."""
    given = item.given(wrong)
    told = "; ".join(given) if item.options and not isinstance(given, str) else given
    told = told if isinstance(told, str) else written(item, told)
    says = bank.labels().get(wrong.label, {}).get("says", wrong.label)
    return f"{told}: {says}. {item.fill(wrong.message)}"


def plain(words: str) -> str:
    """Take Markdown's marks and tags out of a text."""
    words = re.sub(r"<[^>]+>|^#+ .*$|^> ", "", words, flags=re.MULTILINE)
    return re.sub(r"\[([^\]]+)\]\([^)]+\)|[*`]", r"\1", words).strip()


def paragraphs(texts: list[str]) -> str:
    """Return texts as paragraphs of HTML."""
    parts = [part for it in texts for part in re.split(r"\n{2,}", it) if part.strip()]
    return "".join(f"<p>{html.escape(part)}</p>" for part in parts)
