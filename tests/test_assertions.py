"""A failed assertion says in a real kernel what it expected and what was there."""

import ast
import re

import nbformat
import pytest
from nbclient import NotebookClient

from helpers import assertions

SETUP = """
import numpy as np
from helpers import layers
feature_map = np.arange(30.0).reshape(5, 6)
pieces, name = [2, 3, 5], "digits"
def expensive():
    print("ran")
    return 3
"""
CASES = {
    "assert feature_map.max() == 3": ["feature_map.max() is 29"],
    "assert 0.5 < np.mean(feature_map) < 0.9": ["np.mean(feature_map) is 14.5"],
    "assert len(pieces) == 2 and name": ["len(pieces) is 3"],
    "assert (feature_map == 1).all()": ["an array of shape (5, 6), float64"],
    "assert pieces[1] - 1 == feature_map[0, 5]": ["pieces[1] - 1 is 2", "is 5"],
    "assert expensive() == len(pieces) + 1": ["len(pieces) + 1 is 4"],
    "assert all(piece > 2 for piece in pieces)": ["pieces is [2, 3, 5]"],
    "for piece in pieces:\n    assert (\n        piece > 2\n    )": ["piece is 2"],
}


@pytest.fixture(scope="module")
def failed():
    """Return what each case showed, run in one kernel."""
    notebook = nbformat.v4.new_notebook()
    sources = [SETUP, *CASES, 'assert False, "use the formula"', "1 / 0"]
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    NotebookClient(notebook, allow_errors=True).execute()
    return {cell.source: cell.outputs for cell in notebook.cells}


def shown(output):
    return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(output.traceback))


def said(source):
    """Return the condition as Python writes it."""
    (found,) = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Assert))
    return ast.unparse(found.test)


@pytest.mark.parametrize("source", CASES)
def test_what_was_expected_and_what_was_there(failed, source):
    *printed, output = failed[source]
    text = shown(output)
    assert output.ename == "AssertionError" and not output.evalue
    assert f"Expected: {said(source)}\n" in text
    assert all(each in text.split("Here:", 1)[1] for each in CASES[source])
    assert text.endswith(assertions.ADVICE)
    assert "".join(o.text for o in printed) in ("", "ran\n")  # nothing twice


def test_a_message_and_another_error_stay_alone(failed):
    for source in ('assert False, "use the formula"', "1 / 0"):
        assert assertions.ADVICE not in shown(failed[source][-1])
        assert source in shown(failed[source][-1])


def test_a_source_that_cannot_be_read_leaves_the_advice():
    try:
        exec(compile("assert 1 == 2", "<nowhere>", "exec"))
    except AssertionError as error:
        assert assertions.explain(error.__traceback__) == assertions.ADVICE
