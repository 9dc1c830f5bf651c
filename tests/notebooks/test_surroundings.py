"""A notebook runs its own copy's code and shows its pictures, whatever is around it."""

import os
import shutil
import subprocess
import sys
from importlib import metadata

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from packaging.version import Version

from tests.notebooks.reading import PAGES, code, each, read
from tools.check_notebooks import NOTEBOOKS, STARTUP

ROOT = NOTEBOOKS.parent
WHERE = "import helpers\nprint(helpers.__file__)"


def run(folder, *sources, **settings):
    """Run cells in a fresh kernel of this folder; return their outputs, one list."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, resources=resources, allow_errors=True)
    kept = {k: v for k, v in os.environ.items() if k not in ("MPLBACKEND", *settings)}
    client.execute(env=kept | {k: v for k, v in settings.items() if v})
    nbformat.validate(notebook)
    return [output for cell in notebook.cells for output in cell.outputs]


@pytest.fixture
def copy(tmp_path):
    """Return another copy of the course, as far as its code is concerned here."""
    folder = tmp_path / "a [copy] of it, 100 % 'ours' #2"
    (folder / "notebooks" / "solutions").mkdir(parents=True)
    (folder / "helpers").mkdir()
    shutil.copy(ROOT / "helpers" / "__init__.py", folder / "helpers")
    shutil.copy(ROOT / "notebooks" / "01_images.ipynb", folder / "notebooks")
    return folder


@pytest.fixture
def foreign(tmp_path):
    """Return a folder with another package that is called helpers."""
    (tmp_path / "foreign" / "helpers").mkdir(parents=True)
    (tmp_path / "foreign" / "helpers" / "__init__.py").write_text("x = 1\n")
    return str(tmp_path / "foreign")


@pytest.mark.parametrize("inside", ["notebooks", "notebooks/solutions"])
def test_a_copy_runs_its_own_code(copy, foreign, inside):
    """It does under `make lab`, whoever else calls something helpers."""
    (copy / inside / "helpers.py").touch()
    (said, warned) = run(copy / inside, WHERE, PYTHONPATH=foreign)
    assert said.text == f"{copy / 'helpers' / '__init__.py'}\n"
    assert warned.name == "stderr"
    assert warned.text.startswith("helpers.py beside this notebook has the name of a")


def test_a_copy_never_runs_the_code_of_another(copy):
    """It does not under `jupyter lab` either, in the environment of the other one."""
    (refused,) = run(copy / "notebooks", WHERE, PYTHONSTARTUP="")
    assert refused.ename == "ImportError"
    said = f"this is the course in {copy}, but its environment runs the code in {ROOT}:"
    assert refused.evalue.startswith(f"{said} run `make setup` (or ")
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "kernel_startup.py"],
        cwd=copy / "notebooks",
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_elsewhere_nothing_is_done(tmp_path, foreign):
    (said,) = run(tmp_path, WHERE, PYTHONPATH=foreign)
    assert said.text.startswith(foreign)


@pytest.mark.skipif(
    Version(metadata.version("ipykernel")) < Version("6.18"),
    reason="this kernel loads what lies beside a notebook itself, and dies of it",
)
def test_the_name_of_a_library_beside_a_notebook_is_said_once(copy):
    for name in ("random.py", "mine.py"):
        (copy / "notebooks" / name).touch()
    (copy / "notebooks" / "numpy").mkdir()
    (copy / "notebooks" / "numpy" / "__init__.py").touch()
    (warned,) = run(copy / "notebooks", "x = 1", "y = 2")
    first, second, end = warned.text.split("\n")
    assert first.startswith("numpy beside this notebook has the name of a library")
    assert second.startswith("random.py beside this notebook") and not end


def test_assertions_that_are_switched_off_are_said(copy):
    (warned,) = run(copy / "notebooks", "assert False", PYTHONOPTIMIZE="1")
    assert warned.text == (
        "PYTHONOPTIMIZE is set, so no assertion is checked: unset it.\n"
    )


DRAW = "import matplotlib.pyplot as plt\nimport helpers\nplt.plot([1])\nplt.show()"


@pytest.mark.parametrize("startup", [str(STARTUP), ""])
@pytest.mark.parametrize("backend", ["Agg", "TkAgg", ""])
def test_pictures_are_shown(copy, backend, startup):
    settings = {"MPLBACKEND": backend, "PYTHONSTARTUP": startup}
    folder = copy / "notebooks" if startup else NOTEBOOKS
    (shown,) = run(folder, DRAW, "x = 1", **settings)
    assert "image/png" in shown.data


def test_a_backend_for_notebooks_is_left_alone(copy):
    name = "module://matplotlib.backends.backend_agg"
    program = "import matplotlib\nprint(matplotlib.get_backend())"
    (said,) = run(copy / "notebooks", program, MPLBACKEND=name)
    assert said.text == f"{name}\n"


NOT_ON_DRAWINGS = [p for p in PAGES if p.name[:2] in "08 09 10 11 15 16 17 20".split()]


@each(NOT_ON_DRAWINGS)
def test_a_notebook_that_needs_other_data_says_so(path, as_in_a_kernel, monkeypatch):
    """It does within its first cells, and in one sentence."""
    monkeypatch.setenv("IMAGE_DATA", "emoji")
    cells = [c.source for c in code(read(path)) if "google.colab" not in c.source]
    space = {}
    with pytest.raises((AssertionError, ValueError), match="IMAGE_DATA") as caught:
        for source in cells[:7]:
            exec(source, space)
    assert "\n" not in str(caught.value)
