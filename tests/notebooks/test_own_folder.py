"""Notebook 19 runs on another folder, replaces nothing; its network can be served."""

import ast
import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers.quiet import keras
from tests.app import serving
from tests.data.test_folder import pieces
from tests.notebooks.reading import NOTEBOOKS, code, exercises, read, swap

PAGE = NOTEBOOKS / "19_your_own_classes.ipynb"
SHIPPED = 'FOLDER = r"pictures/emoji"'


@pytest.fixture
def mugs(tmp_path):
    """Two classes, 16 pictures of one and 10 of the other, named by number alone."""
    for name, count in (("china", 16), ("flower", 10)):
        (tmp_path / "mugs" / name).mkdir(parents=True)
        for i, piece in enumerate(pieces(name, count)):
            piece.save(tmp_path / "mugs" / name / f"IMG_{i:03}.jpg")
    return tmp_path / "mugs"


def quick(notebook, folder):
    """Give the notebook another folder, fewer steps and fewer seeds."""
    swap(notebook, SHIPPED, f'FOLDER = r"{folder}"')
    swap(notebook, "GROUP, SOURCE = concept, artist", "GROUP, SOURCE = None, None")
    swap(notebook, "STEPS, BATCH = 150, 32", "STEPS, BATCH = 3, 32")
    for seeds in (20, 10, 5):
        swap(notebook, f"in range({seeds})", "in range(2)")


@pytest.mark.filterwarnings("ignore")
def test_another_folder_runs_through(mugs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_models").mkdir()
    (tmp_path / "my_models" / "mugs-1.keras").write_bytes(b"a student's")
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    space = {"__name__": "__main__"}
    notebook = read(PAGE)
    quick(notebook, mugs)
    for cell in code(notebook):
        if cell.id not in exercises(notebook) and "google.colab" not in cell.source:
            exec(compile(cell.source, cell.id, "exec"), space)
    saved = tmp_path / "my_models"
    assert (saved / "mugs-1.keras").read_bytes() == b"a student's"
    card = json.loads((saved / "mugs-2.json").read_text(encoding="utf-8"))
    assert card["class_names"] == ["china", "flower"]
    assert card["pictures"] == {"china": 16, "flower": 10}
    model = keras.saving.load_model(saved / "mugs-2.keras", compile=False)
    scores = model.predict(np.zeros((1, *card["input_size"], 3), "uint8"), verbose=0)
    assert scores.shape == (1, 2) and np.isclose(scores.sum(), 1)
    program = ("-m", "app", "--model", str(saved / "mugs-2.keras"))
    with serving.served(tmp_path / "log", program) as service:
        photo = next((mugs / "flower").iterdir()).read_bytes()
        assert set(service.post(photo).json()["scores"]) == {"china", "flower"}


def test_the_shipped_pictures_are_held_to_their_own_bands():
    """Every expectation takes the folder's name: test_evaluation has the bands."""
    cells = "\n".join(
        c.source for c in code(read(PAGE)) if "google.colab" not in c.source
    )
    assert SHIPPED in cells
    calls = [n for n in ast.walk(ast.parse(cells)) if isinstance(n, ast.Call)]
    expected = [c for c in calls if ast.unparse(c.func) == "evaluation.expect"]
    assert len(expected) > 10
    assert {ast.unparse(call.args[2]) for call in expected} == {"folder.name"}
