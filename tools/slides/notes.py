"""What the speaker reads beside a slide: the instructor's guide, and the bank."""

import html
import itertools
import re
from collections.abc import Iterable
from pathlib import Path

import nbformat

from helpers.checks import bank
from tools import questions
from tools.book.notebooks import CHECKED
from tools.kit import plan, taught
from tools.questions import sheets
from tools.refresh import asks

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "instructor" / "guide.md"
DISCUSS = (
    f"Let all vote before anybody speaks. With {sheets.DISCUSS} right let neighbours "
    "convince each other, vote again, then show the next slide. More: go on. Fewer: "
    "explain first."
)

GUARD = re.compile(r"\bassert |\bexpect\(")


def of_notebook(name: str) -> str:
    """Return what the guide and the plan of sessions say of a notebook, as HTML."""
    guide = GUIDE.read_text(encoding="utf-8")
    said = [line for number, one in sessions(name) for line in session(number, one)]
    remarks = re.findall(r"^- ((?:.+\n(?:  .+\n)*))", guide, re.MULTILINE)
    said += [it for it in remarks if it.startswith(f"Notebook {name} ")]
    said += [
        f"Often said: {row[0]} Say instead: {row[1]}"
        for row in rows(guide, 2)
        if f"notebook {name}" in row[1]
    ]
    return paragraphs([plain(it) for it in said])


def sessions(name: str) -> list[tuple[int, dict]]:
    """List the plan's sessions about a notebook, with their numbers."""
    every = enumerate(plan()["session"], 1)
    return [(number, one) for number, one in every if name in taught(one)]


def of_session(number: int) -> str:
    """Return what the plan says of one session, as HTML."""
    return paragraphs(map(plain, session(number, plan()["session"][number - 1])))


def session(number: int, one: dict) -> list[str]:
    """Write what a session's plan says, a line for each thing."""
    half = f" ({one['part']})" if "part" in one else ""
    named = {"present": f"Session {number}{half}. Present"}
    named |= {"students": "Students", "close": "Close"}
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
    for asking in [cells[k] for k in places if asks(cells[k])]:
        one = item(asking.source)
        return paragraphs([DISCUSS, *lettered(one)])
    return paragraphs(plain(it.source) for it in following(cells, places[-1]))


def following(cells: list, place: int) -> list:
    """Return the text that follows a cell, if one does; what only asserts is passed."""
    after = cells[place + 1 :]
    seen = itertools.dropwhile(guards, after)
    return [it for it in itertools.islice(seen, 1) if it.cell_type == "markdown"]


def guards(cell: nbformat.NotebookNode) -> bool:
    """Tell whether a cell asserts, and shows nothing."""
    silent = cell.cell_type == "code" and not cell.outputs
    return silent and bool(GUARD.search(cell.source))


def item(source: str) -> bank.Item:
    """Return the bank's item that a cell asks."""
    return bank.find(CHECKED.search(source)[1])


def options(asked: bank.Item) -> list[str]:
    """Return what a room votes on, in the order of the votes' letters."""
    texts = list(asked.lines) or [option.text for option in questions.four(asked)]
    return texts if len(texts) > 1 else []


def lettered(asked: bank.Item) -> list[str]:
    """Say with the slide's letters what is right, and who gives a wrong answer."""
    right = asked.right()
    if asked.kind in ("number", "list", "shape") and options(asked):
        found = questions.four(asked)  # the right one alone, however it is rounded
        [place] = [k for k, option in enumerate(found) if option.right]
        told = [f"{bank.LETTERS[place]}, {questions.show(asked, right)}: right"]
    else:
        told = [f"{letters(asked, right)}: right"] if asked.kind != "order" else []
    told += [mistake(asked, wrong) for wrong in asked.wrong]
    return sorted(told, key=lambda it: (not re.match("[A-H], ", it), it))


def letters(asked: bank.Item, answer: object) -> str:
    """Write an answer behind its letters on the slide: "B, 3, 5, 3, 2"."""
    shown = options(asked)
    texts = [questions.show(asked, answer, digits) for digits in (3, 9)]
    if asked.kind == "choices" and not isinstance(answer, str):
        texts = [*answer, *texts[:1]]
    if asked.kind == "order":  # the letters are those of lines
        return texts[0]
    found = [bank.LETTERS[k] for k, text in enumerate(shown) if text in texts]
    return ", ".join([*found, texts[-1] if asked.kind == "choices" else texts[0]])


def mistake(asked: bank.Item, wrong: bank.Wrong) -> str:
    """Say who gives a wrong answer, and what to tell them."""
    says = bank.labels().get(wrong.label, {}).get("says", wrong.label)
    told = letters(asked, asked.given(wrong))
    return f"{told}: {says}. {asked.fill(wrong.message)}"


def plain(words: str) -> str:
    """Take Markdown's marks and tags out of a text."""
    words = re.sub(r"<[^>]+>|^#+ .*$|^> ", "", words, flags=re.MULTILINE)
    return re.sub(r"\[([^\]]+)\]\([^)]+\)|[*`]", r"\1", words).strip()


def paragraphs(texts: Iterable[str]) -> str:
    """Return texts as paragraphs of HTML."""
    parts = [part for it in texts for part in re.split(r"\n{2,}", it) if part.strip()]
    return "".join(f"<p>{html.escape(part)}</p>" for part in parts)
