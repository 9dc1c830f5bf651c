"""Copies of the course for each reader, in build/editions: `python -m tools.editions`.

`students.zip`: the course without solutions, tests, exam questions and the programs for
instructors, and without the outputs that answer a prediction; its README and Makefile
offer what works there. `solutions.zip`: the
solutions alone, to unzip over it. `instructor.zip`: everything, and in its notebooks,
under each prediction, the wrong answers to expect. All hold the files that git knows,
as they are in this folder; nothing in the repository changes.
"""

import os
import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

from helpers import files
from helpers.checks import bank
from tools.book.notebooks import CHECKED
from tools.checkout import listed
from tools.questions import options, says, show
from tools.refresh import answers

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "build" / "editions"
# what the notebooks need of the tests, and make lab and make html of the book
FOR_STUDENTS = ("tests/bands.toml", "tools/book/__init__.py", "tools/book/formulas.py")
SOLUTIONS = "notebooks/solutions/"
NOT_FOR_STUDENTS = ("tests/", SOLUTIONS, "instructor/", ".github/", ".ci/run")
NOT_FOR_STUDENTS += ("RELIABILITY.md", "tools/book/", "tools/check_colab.py")
NOT_FOR_STUDENTS += ("tools/checkout.py", "tools/editions.py", "tools/kit/")
NOT_FOR_STUDENTS += ("tools/prove/", "tools/questions/", "tools/readme.py")
NOT_FOR_STUDENTS += ("tools/serve.py", "tools/slides/")
# what make does with those, or with the tests
WITHOUT = """book book-packages editions kit picture print prove questions readme serve
    slides test-backends test-colab test-part-1 test-pythons""".split()
REFUSED = """
# what this copy for students lacks
{names}:
	@echo "make $@ needs the whole course: this is its copy for students."; exit 1
"""
CUT = (  # of the README
    r"^### For instructors\n.*?(?=^## )",
    r"^## Read it\n.*?(?=^## )",
    r"^## How it is checked\n.*?(?=^## )",
    r", unit tests(?=, then executes)",
    r", and\s+`python -m pytest -q tests` runs the unit tests",
    r" `make test-colab` runs .*?\.(?=\n)",
)
EXAM = re.compile(r'\[\[item\]\]\nid = "[^"]+"\nuse = "exam"')


def for_students(name: str) -> bool:
    """Tell whether a file belongs into the students' copy."""
    return name in FOR_STUDENTS or not name.startswith(NOT_FOR_STUDENTS)


def students_notebook(path: Path) -> bytes:
    """Return a notebook in which no output answers a prediction."""
    notebook = nbformat.read(path, as_version=4)
    for cell in answers(notebook):
        cell.outputs, cell.execution_count = [], None
        cell.metadata.pop("jupyter", None)
    return nbformat.writes(notebook).encode()


def students_bank(path: Path) -> bytes:
    """Return a notebook's questions without those for exams and of other forms."""
    blocks = re.split(r"(?m)^(?=\[\[(?:item|exercise)\]\])", path.read_text("utf-8"))
    kept = "".join(block for block in blocks if not EXAM.match(block))
    return re.sub(r"(?m)^values_[bc] = .*\n", "", kept).encode()


def students_readme(path: Path) -> bytes:
    """Return the README without what is for instructors, or needs the tests."""
    text = path.read_text(encoding="utf-8")
    for part in CUT:
        text = re.sub(part, "", text, flags=re.M | re.S)
    return text.encode()


def students_makefile(path: Path) -> bytes:
    """Return the Makefile; its rules for what is not there say so in a sentence."""
    names = "|".join(WITHOUT)
    rule = re.compile(rf"^(?:\.venv-colab/\S+|{names}):", re.M)
    head, *blocks = path.read_text(encoding="utf-8").split("\n\n")
    head = re.sub(rf" · (?:{names})(?=[ :.\n])", "", head)
    kept = "\n\n".join([head, *(each for each in blocks if not rule.search(each))])
    kept = re.sub(r"\t.* -m pytest .*\n", "", kept)
    return f"{kept.rstrip()}\n{REFUSED.format(names=' '.join(WITHOUT))}".encode()


def instructors_notebook(path: Path) -> bytes:
    """Return a notebook with the wrong answers to expect under each prediction."""
    notebook, cells = nbformat.read(path, as_version=4), []
    for cell in notebook.cells:
        cells.append(cell)
        named = CHECKED.search(cell.source) if cell.cell_type == "code" else None
        if named and isinstance(item := bank.find(named[1]), bank.Item):
            cells.append(new_markdown_cell(expected(item), id=f"expect-{cell.id}"))
    notebook.cells = cells
    return nbformat.writes(notebook).encode()


def expected(item: bank.Item) -> str:
    """Write for an instructor what is right, and what each wrong answer shows."""
    lines = [f"**For the instructor ({item.id}).**"]
    if item.kind == "choices":  # a wrong answer is a set of options there
        told = [(item.given(wrong), says(item, wrong, "A")) for wrong in item.wrong]
        told = [(item.right(), "right"), *told]
        lines += [f"- {show(item, answer)}: {words}" for answer, words in told]
        return "\n".join([lines[0], "", *lines[1:]])
    for option in options(item):
        lines.append(f"- {option.text}: {'right' if option.right else option.says}")
    return "\n".join([lines[0], "", *lines[1:]])


def students_links(text: str, name: str) -> str:
    """Return Markdown in which links to what the students' copy lacks are text."""
    kept = [each for each in listed(new=False) if for_students(each)]

    def link(found: re.Match) -> str:
        target = found[2].partition("#")[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        there = ":" in target or any(f"{each}/".startswith(f"{path}/") for each in kept)
        return found[0] if there or not target else found[1]

    return re.sub(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", link, text)


def content(edition: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each file of an edition."""
    for name in listed(new=False):
        page = re.fullmatch(r"notebooks/\d\d_\w+\.ipynb", name)
        if edition == "solutions":
            if name.startswith(SOLUTIONS):
                yield name, (ROOT / name).read_bytes()
        elif edition == "instructor":
            whole = instructors_notebook if page else Path.read_bytes
            yield name, whole(ROOT / name)
        elif for_students(name):
            whole = students_notebook if page else Path.read_bytes
            if re.fullmatch(r"helpers/checks/\d\d_\w+\.toml", name):
                whole = students_bank
            elif name in ("README.md", "Makefile"):
                whole = students_readme if name == "README.md" else students_makefile
            data = whole(ROOT / name)
            if name.endswith(".md"):
                data = students_links(data.decode(), name).encode()
            yield name, data


def write(edition: str) -> Path:
    """Write an edition beside its old one, and replace that."""
    path = TARGET / f"{edition}.zip"
    with files.beside(path) as part, zipfile.ZipFile(part, "w") as archive:
        for name, data in content(edition):
            info = zipfile.ZipInfo(f"course/{name}")  # no date: the same file each time
            runs = os.access(ROOT / name, os.X_OK)
            info.external_attr = (0o100755 if runs else 0o100644) << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return path


def main() -> None:
    """Write all three."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for edition in ("students", "solutions", "instructor"):
        path = write(edition)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
