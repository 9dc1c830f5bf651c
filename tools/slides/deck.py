"""One notebook's slides: which cells, and what of a cell a room can read.

A slide is a title, the heading above its first cell, and what its cells show: of text
the first sentences, of code the figure or what it prints, and the code itself where it
shows nothing. A `prediction` cell becomes a vote: the bank's question, which stands
alone where the notebook's words lean on the cells around them.
"""

import html
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat
from markdown_it import MarkdownIt

from helpers.checks import bank
from tools.book import notebooks, sources
from tools.refresh import answers, asks, uncover
from tools.slides import notes

ROOT = Path(__file__).parents[2]
CHOICE = ROOT / "instructor" / "slides.toml"
TEMPLATE = Path(__file__).with_name("deck.html")
MARKDOWN = MarkdownIt("commonmark", {"html": False})
LINES, WORDS = 11, 45  # what fits, at 24 px and more
LARGE, LETTERS = 7, 480  # lines printed, letters of HTML: what fits at 40 px
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def chosen() -> dict[str, list[list[str]]]:
    """Return for each notebook, "02", its slides as lists of cell ids."""
    told = tomllib.loads(CHOICE.read_text(encoding="utf-8"))
    return {name: [one.split() for one in slides] for name, slides in told.items()}


def page(name: str) -> str:
    """Return a notebook's slides as an HTML page.

    Raises ValueError for a cell that the notebook has no more.
    """
    cells = read(name)
    known = {cell.id for cell in cells}
    slides = chosen()[name]
    gone = [one for slide in slides for one in slide if one not in known]
    if gone:
        raise ValueError(f"notebook {name} has no cell {', '.join(gone)}: see {CHOICE}")
    title = HEADING.search(cells[0].source)[1]
    parts = {
        "TITLE": html.escape(title),
        "SLIDES": "\n".join(body(name, cells, slides)),
    }
    template = TEMPLATE.read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def read(name: str) -> list[nbformat.NotebookNode]:
    """Return the cells of a notebook by its number."""
    [path] = sources.NOTEBOOKS.glob(f"{name}_*.ipynb")
    return nbformat.read(path, as_version=4).cells


def body(name: str, cells: list, slides: list[list[str]]) -> Iterator[str]:
    """Yield the slides, and a pause where the plan begins another session."""
    pauses = {one["begins"]: n for n, one in notes.sessions(name) if "begins" in one}
    for slide in slides:
        last = max(k for k, cell in enumerate(cells) if cell.id in slide)
        above = "\n".join(c.source for c in cells[: last + 1])
        begins = [None, *SECTION.findall(above)][-1]
        if number := pauses.pop(begins, None):
            yield pause(number, begins)
        yield section(name, cells, slide)


def pause(number: int, begins: str) -> str:
    """Return the slide on which one session ends and the next begins."""
    return (
        f'<section class="pause">\n<h2>Here ends session {number - 1}</h2>\n'
        f"<p>Session {number} begins with <em>{inline(begins)}</em>.</p>\n"
        f'<aside class="notes">{notes.of_session(number)}</aside>\n</section>'
    )


def section(name: str, cells: list, slide: list[str]) -> str:
    """Return one slide."""
    places = [k for k, cell in enumerate(cells) if cell.id in slide]
    shown = [cells[k] for k in places]
    if shown[0].id == cells[0].id:
        return opening(name, shown[0])
    said = notes.of_slide(cells, places)
    parts = [part(name, cells, k) for k in places]
    texts = [it for it in parts if it.startswith("<div")]
    shows = [it for it in parts if it and it not in texts]
    texts += reason(cells, places)
    small = any("<i" in it or it.count("\n") >= LARGE for it in shows)
    small = small or len("".join(texts)) > LETTERS or "<pre>" in "".join(texts)
    large = "" if small else ' class="large"'
    return (
        f"<section{large}>\n<h2>{inline(heading(cells, places[0]))}</h2>\n"
        + "\n".join(texts)
        + (f'\n<div class="shows">{"".join(shows)}</div>' if shows else "")
        + f'\n<aside class="notes">{said}</aside>\n</section>'
    )


def opening(name: str, cell: nbformat.NotebookNode) -> str:
    """Return the first slide: the title and what you will do."""
    title = HEADING.search(cell.source)[1]
    will = re.search(r"^\*\*You will\*\* (.+)$", cell.source, re.MULTILINE)
    said = f"<p>You will {inline(will[1])}</p>" if will else ""
    return (
        f'<section class="opening">\n<h1>{inline(title)}</h1>\n{said}\n'
        f'<aside class="notes">{notes.of_notebook(name)}</aside>\n</section>'
    )


def heading(cells: list, place: int) -> str:
    """Return the first heading in a cell, else the one above it."""
    for cell in cells[place::-1]:
        found = HEADING.findall(cell.source) if cell.cell_type == "markdown" else []
        if found:
            return found[0 if cell is cells[place] else -1]
    raise ValueError("a notebook begins with a heading")


def reason(cells: list, places: list[int]) -> list[str]:
    """Return what the notebook says after an answer, if this slide is one."""
    answering = {cell.id for cell in answers(nbformat.from_dict({"cells": cells}))}
    below = cells[places[-1] + 1]
    if cells[places[0]].id not in answering or below.cell_type == "code":
        return []
    return [text(below.source.partition("## ")[0])]


def part(name: str, cells: list, place: int) -> str:
    """Return what a slide shows of one cell, "" where that is nothing."""
    cell = cells[place]
    if cell.cell_type == "markdown":
        return text(cell.source)
    if asks(cell):
        return vote(notes.item(cell.source))
    live = notebooks.LIVE.get(name, {}).get(cell.id)
    if live and live[1] != notebooks.NETWORK:
        address = f'data-src="live/{live[0]}.html" title="{live[1]}"'
        return f"<iframe {address}></iframe>"
    return outputs(cell) or code(cell.source)


def text(source: str) -> str:
    """Return the list of a cell, else its first sentences."""
    points = re.findall(r"^- .+$", source, re.MULTILINE)
    if points:
        return f"<div>{MARKDOWN.render(unlinked(chr(10).join(points)))}</div>"
    plain = [p for p in source.split("\n\n") if not re.match(r"#|>|<|\||\d\.", p)]
    return f"<div><p>{inline(first_sentences(plain[0]))}</p></div>" if plain else ""


def first_sentences(words: str) -> str:
    """Return as many sentences as fit."""
    kept: list[str] = []
    for sentence in re.split(r"(?<=[.!?:]) (?=[A-Z`*])", words):
        if kept and len(" ".join([*kept, sentence]).split()) > WORDS:
            break
        kept.append(sentence)
    return " ".join(kept)


def inline(words: str) -> str:
    """Return a line of Markdown as HTML; links are of no use on a wall."""
    return MARKDOWN.renderInline(unlinked(words))


def unlinked(words: str) -> str:
    """Write [text](address) as text."""
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", words)


def vote(asked: bank.Item) -> str:
    """Return a question, and its options with letters."""
    stem = MARKDOWN.render(f"**Vote.** {asked.text().strip()}")
    listed = "".join(f"<li>{html.escape(each)}</li>" for each in notes.options(asked))
    return f'<div>{stem}<ol class="vote">{listed}</ol></div>'


def outputs(cell: nbformat.NotebookNode) -> str:
    """Return a cell's figures and what it prints."""
    found = []
    uncover(cell)
    for output in cell.outputs:
        if output.output_type == "stream":
            lines = output.text.rstrip().splitlines()
            cut = lines[:LINES] + (["..."] if len(lines) > LINES else [])
            found.append(f"<pre>{html.escape(chr(10).join(cut))}</pre>")
        elif "image/png" in output.get("data", {}):
            alt = html.escape(cell.metadata.get("alt", ""))
            data = output.data["image/png"].replace("\n", "")
            found.append(f'<img alt="{alt}" src="data:image/png;base64,{data}">')
    return "".join(found)


def code(source: str) -> str:
    """Return source code, as much as fits."""
    lines = source.splitlines()
    cut = lines[:LINES] + (["..."] if len(lines) > LINES else [])
    return f'<pre class="code">{html.escape(chr(10).join(cut))}</pre>'
