"""An execution counts what was compared, and a changed stored number breaks it."""

import nbformat
import pytest

from tests.notebooks.reading import PATHS, printing
from tests.notebooks.test_nbval import changed_digits
from tools.check_notebooks import shared_cores
from tools.checkout import copied
from tools.prove import reproduction
from tools.prove.surroundings import SETTINGS, Surroundings

NAME = "05_flattening"


def test_an_execution_is_counted():
    found = reproduction.run_again(f"7/{NAME}")
    assert found["notebooks"] == 1 and found["failed"] == []
    assert found["cells"] >= found["compared"] >= 3
    said = reproduction.figure([found, {"skipped": "no mount", "failed": []}])
    outputs = found["compared"]
    assert said == (
        f"1 executions, {outputs} outputs compared, 0 differ; 1 not possible on that "
        "machine"
    )


def test_a_changed_stored_number_is_found_under_an_odd_path(tmp_path):
    root = copied(tmp_path / "Kurs für Zoë")
    path = root / "notebooks" / f"{NAME}.ipynb"
    notebook = nbformat.read(path, 4)
    cell = printing(notebook)
    cell.outputs = next(changed_digits(cell.outputs))
    nbformat.write(notebook, path)
    found = reproduction.executed([NAME], Surroundings(root, root))
    (said,) = found["failed"]
    assert NAME in said and "Cell" in said
    assert "1 differ" in reproduction.figure([found])


def test_a_notebook_beside_another_has_its_share_of_the_cores(tmp_path, monkeypatch):
    monkeypatch.setenv("PROVE_JOBS", "2")
    kernel = reproduction._environment(tmp_path, Surroundings())
    assert shared_cores(2).items() <= kernel.items() and kernel["PROVE_JOBS"] == "2"
    alone = Surroundings(settings=SETTINGS["one thread"])
    assert reproduction._environment(tmp_path, alone)["OMP_NUM_THREADS"] == "1"


def test_a_notebook_that_cannot_start_is_no_proof(tmp_path):
    found = reproduction.executed(
        ["no_such_notebook"], Surroundings(tmp_path, tmp_path)
    )
    assert found["compared"] == 0 and found["failed"]


def test_every_notebook_is_executed_each_time_and_under_each_condition():
    assert len(reproduction.names()) == len(PATHS)
    assert len(reproduction.again()) == reproduction.TIMES * len(PATHS)
    steps = reproduction.elsewhere()
    for name in reproduction.names():
        assert sum(step.endswith(f"/{name}") for step in steps) >= 7
    assert steps[:2] == ["shuffled/Part 1", "AVX2/01_images"]


@pytest.mark.parametrize(
    "name, part", [("solutions/07_learning", 1), ("08_dataset", 2)]
)
def test_part_1_is_told_by_its_number(name, part):
    assert reproduction.in_part_1(name) == (part == 1)
