"""Copies of the course for each reader, in build/editions: `python -m tools.editions`.

`students.zip`: the course without solutions and tests, and without the outputs that
answer a prediction. `solutions.zip`: the solutions alone, to unzip over it.
`instructor.zip`: everything, and in its notebooks, under each prediction, the wrong
answers to expect. All come from the committed files; nothing in the repository changes.
"""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

from helpers.checks import bank
from tools.questions import options, says, show
from tools.refresh import answers

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "build" / "editions"
CHECK = re.compile(r'checks\.check\("([^"]+)"')
FOR_STUDENTS = "tests/bands.toml"  # what the notebooks need of the tests
NOT_FOR_STUDENTS = (
    "tests/",
    "notebooks/solutions/",
    "instructor/",
    ".github/",
    ".ci/run",
)
SOLUTIONS = "notebooks/solutions/"


def tracked() -> list[str]:
    """List the committed files; exit where git cannot tell."""
    command = ["git", "ls-files", "-z"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        sys.exit("Editions are made from a git checkout: clone the course with git.")
    return [name for name in done.stdout.decode().split("\0") if name]


def for_students(name: str) -> bool:
    """Tell whether a file belongs into the students' copy."""
    return name == FOR_STUDENTS or not name.startswith(NOT_FOR_STUDENTS)


def students_notebook(path: Path) -> bytes:
    """Return a notebook in which no output answers a prediction."""
    notebook = nbformat.read(path, as_version=4)
    for cell in answers(notebook):
        cell.outputs, cell.execution_count = [], None
        cell.metadata.pop("jupyter", None)
    return nbformat.writes(notebook).encode()


def instructors_notebook(path: Path) -> bytes:
    """Return a notebook with the wrong answers to expect under each prediction."""
    notebook, cells = nbformat.read(path, as_version=4), []
    for cell in notebook.cells:
        cells.append(cell)
        named = CHECK.search(cell.source) if cell.cell_type == "code" else None
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


def content(edition: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each file of an edition."""
    for name in tracked():
        page = re.fullmatch(r"notebooks/\d\d_\w+\.ipynb", name)
        if edition == "solutions":
            if name.startswith(SOLUTIONS):
                yield name, (ROOT / name).read_bytes()
        elif edition == "instructor":
            whole = instructors_notebook if page else Path.read_bytes
            yield name, whole(ROOT / name)
        elif for_students(name):
            whole = students_notebook if page else Path.read_bytes
            yield name, whole(ROOT / name)


def write(edition: str) -> Path:
    """Write an edition beside its old one, and replace that."""
    path = TARGET / f"{edition}.zip"
    part = path.with_suffix(".zip.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content(edition):
            info = zipfile.ZipInfo(f"course/{name}")  # no date: the same file each time
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    os.replace(part, path)
    return path


def main() -> None:
    """Write all three."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for edition in ("students", "solutions", "instructor"):
        path = write(edition)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
