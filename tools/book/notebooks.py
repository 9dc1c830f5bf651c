"""A notebook as the book shows it: predictions asked, what answers them covered."""

import html
import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

from helpers.checks import bank
from helpers.explorer.toys import TITLES
from tools import readme
from tools.refresh import answers, asks, uncover

ROAD = re.compile(r"<!-- road: .*?<!-- end road -->\n*", re.DOTALL)
CHECKED = re.compile(r'\bcheck\(\s*"([\w.-]+)"')
LINK = re.compile(r"(\]\((?:\.\./)?[\w/]+\.(?:ipynb|md))#([^)\s]+)\)")
AFTER = re.compile(r"<details>(?=\s*<summary>After you ran it</summary>)")
NETWORK = "a trained network, every number of it"
# what stands after which cell: (page in live/, its title)
LIVE = {
    "01": {"first-network": ("cnn_cifar10", NETWORK)},
    "02": {"cell-19": ("kernel", TITLES["kernel"])},
    "04": {"cell-42": ("pooling", TITLES["pooling"])},
    "06": {
        "cell-21": ("softmax", TITLES["softmax"]),
        "toy": ("network", TITLES["network"]),
    },
    "07": {"cell-36": ("descent", TITLES["descent"])},
    "09": {"take-home": ("cnn_cifar10", NETWORK)},
    "11": {"cell-24": ("fast_cnn_cifar10", NETWORK)},
    "17": {"cell-18": ("fast_cnn_cifar10", NETWORK)},
}


def prepared(path: Path) -> nbformat.NotebookNode:
    """Return a notebook as the book shows it: predictions asked, answers covered."""
    notebook = nbformat.read(path, as_version=4)
    cells, asked, covered = [], "", []
    answering = {cell.id for cell in answers(notebook)}
    for cell in notebook.cells:
        if '"google.colab"' in cell.source:
            continue
        if cell.cell_type != "code":
            cells += [*cover(covered, asked), text(cell, asked)]
            covered = []
        elif asks(cell):
            asked = f"p{path.name[:2]}-{cell.id}"
            cells += [*cover(covered, asked), question(cell.source, asked)]
            covered = []
        else:
            shown = [code(cell), *live(path.name[:2], cell.id)]
            (covered if cell.id in answering else cells).extend(shown)
    notebook.cells = [*cells, *cover(covered, asked)]
    if runs := readme.run_it(path.name, readme.address()):
        linked(notebook.cells, runs)
    return notebook


def linked(cells: list, runs: str) -> None:
    """Say where a notebook runs, under its title and where its exercises begin."""
    title, *rest = cells[0].source.split("\n", 1)
    cells[0].source = "\n".join([title, "", runs, *rest])
    for cell in cells:
        heading = "## Exercises"
        cell.source = cell.source.replace(heading, f"{heading}\n\n{runs}")


def text(cell: nbformat.NotebookNode, asked: str) -> nbformat.NotebookNode:
    """Drop the road map, and tell whose answer a folded paragraph gives."""
    cell.source = ROAD.sub("", cell.source)
    # where `sources` puts that page
    cell.source = anchored(cell.source.replace("pictures/README.md", "pictures.md"))
    if asked:
        cell.source = AFTER.sub(f'<details data-covers="{asked}">', cell.source)
    return cell


def code(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Hand on a figure's description; an exercise comes without its error."""
    tags = cell.metadata.get("tags", [])
    alt = cell.metadata.get("alt", "")
    cell.metadata = nbformat.from_dict({"mystnb": {"image": {"alt": alt}}})
    uncover(cell)
    if cell.id.startswith("exercise") and "raises-exception" in tags:
        cell.outputs = []
    return cell


def question(source: str, asked: str) -> nbformat.NotebookNode:
    """Return the place where the page asks; `predict.js` builds the form there."""
    # here, because it computes the answers, some with Keras
    from tools.book.questions import encoded

    item = bank.find(CHECKED.search(source)[1])
    wanted = re.match(r"\w+ = None\s*#\s*(.*)", source)
    told = {
        "id": asked,
        "class": "prediction",
        "data-wanted": wanted[1] if wanted else "",
        "data-question": encoded(item),
    }
    named = " ".join(f'{key}="{html.escape(it)}"' for key, it in told.items())
    return new_markdown_cell(f"<div {named}></div>")


def cover(cells: list, asked: str) -> list:
    """Put the cells that answer a prediction behind a fold that `predict.js` opens."""
    if not cells:
        return []
    begin = f'<details class="covered" data-covers="{asked}">'
    begin += "<summary>The code, and what it gives</summary>"
    return [new_markdown_cell(begin), *cells, new_markdown_cell("</details>")]


def live(notebook: str, cell: str) -> list:
    """Return the page to touch that stands after a cell, if there is one."""
    if cell not in LIVE.get(notebook, {}):
        return []
    name, title = LIVE[notebook][cell]
    address = f"_static/live/{name}.html"
    return [
        new_markdown_cell(
            f'<figure class="live"><iframe src="{address}" title="{title}" '
            f'loading="lazy"></iframe><figcaption><a href="{address}">'
            "This page alone</a>, in full size.</figcaption></figure>"
        )
    ]


def slug(heading: str) -> str:
    """Return a heading's anchor, as GitHub and Sphinx write it."""
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


def anchored(text: str) -> str:
    """Return a text whose links to sections are as `slug` has them.

    In notebooks they are as JupyterLab has them: case and punctuation are kept.
    """
    return LINK.sub(lambda link: f"{link[1]}#{slug(link[2])})", text)
