"""All that Sphinx reads for the book: notebooks, glossary, guide, contents."""

import re
import shutil
from pathlib import Path

import nbformat

from helpers import explorer
from helpers.explorer.toys import TITLES
from tools import explorer as networks
from tools import readme
from tools.book.notebooks import anchored, prepared

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
NOTEBOOKS = ROOT / "notebooks"
INSTRUCTOR = ROOT / "instructor"
GUIDE = INSTRUCTOR / "guide.md"
PICTURES = NOTEBOOKS / "pictures" / "README.md"


def write(folder: Path) -> None:
    """Write all sources of the book into a new folder."""
    folder.mkdir(parents=True)
    for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")):
        nbformat.write(prepared(path), folder / path.name)
    shutil.copytree(NOTEBOOKS / "images", folder / "images")
    read = {path: path.read_text(encoding="utf-8") for path in texts()}
    kit = [path.stem for path in instructors() if path != GUIDE]
    index = (HERE / "index.md").read_text(encoding="utf-8")
    index = index.replace("PARTS", contents()).replace("KIT", "\n".join(kit))
    pages = {"index": index, "pictures": read.pop(PICTURES)}
    pages["glossary"] = terms(read.pop(NOTEBOOKS / "glossary.md"))
    for path, text in read.items():
        text = re.sub(r"\[([^\]]+)\]\(sessions\.md\)", r"\1", text)  # not in the book
        pages[path.stem] = text.replace("../notebooks/", "")
    for name, text in pages.items():
        page = folder / f"{name}.md"
        page.write_text(anchored(text), encoding="utf-8", newline="\n")
    for drawing in INSTRUCTOR.glob("[!.]*.svg"):
        shutil.copy(drawing, folder)


def texts() -> list[Path]:
    """List the texts that are pages of the book beside the notebooks."""
    return [NOTEBOOKS / "glossary.md", PICTURES, *instructors()]


def instructors() -> list[Path]:
    """List the kit's texts, but for the sessions: those tell every answer."""
    found = sorted(INSTRUCTOR.glob("[!.]*.md"))
    return [path for path in found if path.name != "sessions.md"]


def all_pages(folder: Path) -> None:
    """Write the toys and the shipped networks' pages that the book embeds."""
    toys(folder)
    networks.write_all(folder)


def toys(folder: Path) -> None:
    """Write the explorer's toys, a file each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TITLES:
        explorer.toy(name).save(folder / f"{name}.html")


def contents() -> str:
    """Return a table of contents for each part of the course."""
    return "\n\n".join(
        f"```{{toctree}}\n:caption: {title}\n:maxdepth: 1\n\n"
        + "\n".join(name.removesuffix(".ipynb") for name in names)
        + "\n```"
        for title, names in readme.parts()
    )


def terms(glossary: str) -> str:
    """Return the glossary's table as Sphinx's glossary, which makes the index."""
    head, *rows = re.split(r"^\| (?=\*\*)", glossary, flags=re.MULTILINE)
    lines = [head.partition("| term")[0], "```{glossary}"]
    for row in rows:
        cells = re.split(r"(?<!\\) \| ", row.strip().removesuffix(" |"))
        term, meaning, also, where = (cell.replace("\\|", "|") for cell in cells)
        also = "" if also == "-" else f" Also called {also}."
        lines += [term.strip("*"), f"  {meaning}{also} {where}", ""]
    return "\n".join([*lines, "```", ""])
