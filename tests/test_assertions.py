"""A failed assertion says in a real kernel what it expected and what was there."""

import ast
import linecache
import re

import nbformat
import numpy as np
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


class Long:
    def __repr__(self):
        return "<" + 100 * "x" + ">"


def told(source, **names):
    """Return what `explain` says was there, line by line."""
    linecache.cache["<cell>"] = len(source), None, [source], "<cell>"
    try:
        exec(compile(source, "<cell>", "exec"), names)
    except AssertionError as error:
        lines = assertions.explain(error.__traceback__).splitlines()
    return [x.removeprefix("Here:     ") for x in lines if x.startswith("Here:")]


@pytest.mark.parametrize(
    ("source", "names", "expected"),
    [
        ("assert x == 3 and name", {"x": 2, "name": "a"}, ["x is 2", "name is 'a'"]),
        ("assert x.sum() > 9", {"x": np.arange(3)}, ["x.sum() is 3"]),
        ("assert f(x) == 3", {"x": 2, "f": lambda x: x}, ["x is 2"]),
        ("assert len(x) == 3", {"x": [1], "len": lambda x: 5}, ["x is [1]"]),
        ("assert x.pop() == 3", {"x": [5, 4]}, ["x is [5]"]),
        ("assert 'ab'.upper() == x", {"x": 1}, ["x is 1"]),
        ("assert abs(m := -3) == 9", {}, []),  # what names is run once
        ("assert not x.any()", {"x": np.ones(2)}, ["x is array([1., 1.])"]),
        ("assert not x.any()", {"x": np.ones(12)}, [f"x is {np.ones(12)!r}"]),
        (
            "assert not x.any()",
            {"x": np.ones(13)},
            ["x is an array of shape (13,), float64"],
        ),
        ("assert x > 1", {"x": np.float32(0.1)}, ["x is 0.1"]),
        ("assert x > 1 > y", {"x": True, "y": np}, []),
    ],
)
def test_all_that_was_there_and_nothing_else(source, names, expected):
    assert told(source, **names) == [" ".join(line.split()) for line in expected]


@pytest.mark.parametrize("value", [Long(), [20 * "y"] * 6, "z" * 99])
def test_no_value_is_longer_than_a_line(value):
    text = assertions._short(value)
    assert len(text) <= 60
    assert isinstance(value, str) or len(text) == 60
    assert assertions._short("z" * 58) == repr("z" * 58)


def test_a_message_and_another_error_stay_alone(failed):
    for source in ('assert False, "use the formula"', "1 / 0"):
        assert assertions.ADVICE not in shown(failed[source][-1])
        assert source in shown(failed[source][-1])


def test_a_source_that_cannot_be_read_leaves_the_advice():
    try:
        exec(compile("assert 1 == 2", "<nowhere>", "exec"))
    except AssertionError as error:
        assert assertions.explain(error.__traceback__) == assertions.ADVICE


def test_a_source_that_is_no_python_leaves_the_advice():
    linecache.cache["<magic>"] = 9, None, ["%time assert 1 == 2"], "<magic>"
    try:
        exec(compile("assert 1 == 2", "<magic>", "exec"))
    except AssertionError as error:
        assert assertions.explain(error.__traceback__) == assertions.ADVICE
