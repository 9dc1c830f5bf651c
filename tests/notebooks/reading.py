"""Read notebooks, and change a good one, for the tests of all of them."""

from copy import deepcopy
from functools import cache

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from tools.check_notebooks import NOTEBOOKS, PART_1, notebook_paths

PATHS = notebook_paths()
PAGES = [path for path in PATHS if path.parent == NOTEBOOKS]  # the others: solutions
COMPARED = [path for path in PATHS if path.name[:2] in PART_1]
FIRST = NOTEBOOKS / "01_images.ipynb"
_read = cache(lambda path: nbformat.read(path, as_version=4))


def read(path):
    """Return a notebook of one's own: what a test changes, no other test sees."""
    return deepcopy(_read(path))


def each(paths):
    """Run a test once for each notebook, named `01_images` or `solutions/01_images`."""
    names = [p.relative_to(NOTEBOOKS).with_suffix("").as_posix() for p in paths]
    return pytest.mark.parametrize("path", paths, ids=names)


def code(notebook):
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def markdown(notebook):
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def tags(cell):
    return set(cell.metadata.get("tags", []))


def exercises(notebook):
    return {c.id: c for c in notebook.cells if c.id.startswith("exercise-")}


def kinds(cell):
    """Return the MIME types of a cell's outputs."""
    return {kind for o in cell.get("outputs", []) for kind in o.get("data", {})}


def texts(outputs):
    """List where outputs hold text: pairs of a dictionary and one of its keys."""
    found = [(o, key) for o in outputs for key in ("text", "evalue") if key in o]
    boxes = [o.data for o in outputs if "data" in o]
    return found + [(box, key) for box in boxes for key in box if "text/" in key]


def execution_counts(notebook, path):
    counts = [cell.execution_count for cell in code(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield "not run once from top to bottom: make refresh"


def printing(notebook):
    """Return the first cell that stores plain text and nothing else."""
    return next(c for c in code(notebook) if c.outputs and "text" in c.outputs[0])


def drawing(notebook):
    return next(c for c in code(notebook) if "image/png" in kinds(c))


def exercise(notebook):
    return exercises(notebook)["exercise-1"]


def add(notebook, source, *tags, **metadata):
    """Append a cell that has been executed; return it."""
    count, metadata = len(code(notebook)) + 1, {"tags": [*tags], **metadata}
    cell = new_code_cell(source, execution_count=count, metadata=metadata)
    notebook.cells.append(cell)
    return cell


def swap(notebook, old, new):
    """Replace a text in every cell, and see that there was one."""
    assert any(old in cell.source for cell in notebook.cells)
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)
