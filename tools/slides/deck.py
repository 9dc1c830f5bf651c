"""One notebook's slides: which cells, and when the room pauses.

A slide is a title, the heading above its first cell, and what its cells show (`shown`):
of text the first sentences, of code the figure or what it prints, and the code itself
where it shows nothing or where `slides.toml` marks the cell. A `prediction` cell
becomes a vote: the bank's question, which stands alone where the notebook's words lean
on the cells around them.
"""

import html
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat

from tools.book import notebooks, sources
from tools.refresh import answers, asks
from tools.slides import notes, shown
from tools.slides.shown import inline

ROOT = Path(__file__).parents[2]
CHOICE = ROOT / "instructor" / "slides.toml"
TEMPLATE = Path(__file__).with_name("deck.html")
LARGE, LETTERS = 7, 480  # lines of print, letters of HTML: what fits at 40 px
COLUMNS, LINES = 1900, 290  # of print, times its size
# a word of the code that shows pictures of others -> whose, and under which licence
CREDITS = {
    "sample_photo|china.jpg": "Photo of a temple: danielbuechele, CC BY 2.0.",
    "flower.jpg": "Photo of a flower: vultilion, CC BY 2.0.",
    "pictures/emoji": "Drawings: Noto Emoji by Google (Apache 2.0), Twemoji by Twitter "
    "and contributors (CC BY 4.0), Fluent Emoji 3D by Microsoft (MIT); made smaller.",
}
PRINT = re.compile(r"<pre.*?</pre>", re.DOTALL)
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def chosen() -> dict[str, list[list[str]]]:
    """Return for each notebook, "02", its slides as lists of cell ids."""
    every = told().items()
    return {name: [[*map(unmarked, one)] for one in slides] for name, slides in every}


def told() -> dict[str, list[list[str]]]:
    """Read the choice of slides, with the marks behind ids."""
    choice = tomllib.loads(CHOICE.read_text(encoding="utf-8"))
    return {name: [one.split() for one in slides] for name, slides in choice.items()}


def unmarked(one: str) -> str:
    """Return a cell's id without the mark that asks for its code."""
    return one.removesuffix("!")


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
    if cells[places[0]].id == cells[0].id:
        return opening(name, cells)
    said = notes.of_slide(cells, places)
    parts = [it for k in places for it in part(name, cells, k, places[0]) if it]
    if any("<img" in it for it in parts):  # the figure gets the room that print leaves
        parts = [f"<div>{it}</div>" if it.startswith("<pre") else it for it in parts]
    texts = reason(cells, places) + [it for it in parts if it.startswith("<div")]
    shows = [it for it in parts if not it.startswith("<div")]
    title = inline(heading(cells, places[0]))
    return (
        f"<section {look(texts, shows)}>\n<h2>{title}</h2>\n"
        + "\n".join(texts)
        + (f'\n<div class="shows">{"".join(shows)}</div>' if shows else "")
        + f'\n<aside class="notes">{said}</aside>\n</section>'
    )


def look(texts: list[str], shows: list[str]) -> str:
    """Return a slide's attributes: how large its text and its print can be."""
    said = "".join(texts)
    printed = html.unescape("\n".join(PRINT.findall(said + "".join(shows))))
    lines = re.sub(r"<[^>]+>", "", printed).splitlines()
    columns = max(map(len, lines), default=0)
    size = max(24, min(32, COLUMNS // max(columns, 1), LINES // max(len(lines), 1)))
    figure = any("<i" in it for it in shows)
    large = not figure and len(lines) <= LARGE and len(said) <= LETTERS
    return f'class="{"large" if large else "small"}" style="--print: {size}px"'


def opening(name: str, cells: list) -> str:
    """Return the first slide: the title, what you will do, and whose pictures."""
    title = HEADING.search(cells[0].source)[1]
    will = re.search(r"^\*\*You will\*\* (.+)$", cells[0].source, re.MULTILINE)
    said = f"<p>You will {inline(will[1])}</p>\n" if will else ""
    if credit := makers(cells):
        said += f'<p class="credit">{html.escape(credit)}</p>\n'
    return (
        f'<section class="opening">\n<h1>{inline(title)}</h1>\n{said}'
        f'<aside class="notes">{notes.of_notebook(name)}</aside>\n</section>'
    )


def makers(cells: list) -> str:
    """Name who made the pictures that a notebook's code shows, and their licences."""
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return " ".join(said for word, said in CREDITS.items() if re.search(word, code))


def heading(cells: list, place: int) -> str:
    """Return the first heading in a cell, else the one above it."""
    for cell in cells[place::-1]:
        found = HEADING.findall(cell.source) if cell.cell_type == "markdown" else []
        if found:
            return found[0 if cell is cells[place] else -1]
    raise ValueError("a notebook begins with a heading")


def under_title(cells: list, place: int, first: int) -> str:
    """Return of a text what stands under the heading of the slide that it is on.

    The slide's first cell gives the heading. What is folded belongs to an answer.
    """
    source = cells[place].source
    if not asks(cells[place - 1]):
        source = shown.FOLDED.sub("", source)
    before, *after = re.split(r"^#+ .+$", source, flags=re.MULTILINE)
    return after[0] if after and place == first else before


def reason(cells: list, places: list[int]) -> list[str]:
    """Return what the notebook says after an answer, if this slide is one."""
    answering = {cell.id for cell in answers(nbformat.from_dict({"cells": cells}))}
    answered = [k for k in places if cells[k].id in answering]
    if not answered:
        return []
    below = notes.following(cells, answered[-1])
    return [shown.text(shown.told_after(it.source)) for it in below]


def part(name: str, cells: list, place: int, first: int) -> list[str]:
    """Return what a slide shows of one cell: texts and code in a div, and the rest."""
    cell = cells[place]
    if cell.cell_type == "markdown":
        return [shown.text(under_title(cells, place, first))]
    if asks(cell):
        return [shown.vote(notes.item(cell.source))]
    live = notebooks.LIVE.get(name, {}).get(cell.id)
    if live and live[1] != notebooks.NETWORK:
        address = f'data-src="live/{live[0]}.html" title="{live[1]}"'
        return [f"<iframe {address}></iframe>"]
    found = shown.outputs(cell) or [shown.code(cell.source)]
    if any(f"{cell.id}!" in slide for slide in told()[name]):
        found = [f"<div>{shown.code(shown.decisive(cell.source))}</div>", *found]
    return found
