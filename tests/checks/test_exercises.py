"""Known mistakes in exercises are named, right answers of any shape pass.

`tests/wrong_answers/NN_name/*.py` begin with `# exercise-2: label`, `-` where only the
exercise's own asserts must refuse them; `tests/right_answers` with `# exercise-2`.
"""

import ast
import math
import re
from pathlib import Path

import numpy as np
import pytest

from helpers.checks import bank, exercises
from tests.notebooks.reading import NOTEBOOKS, PAGES, read
from tests.notebooks.reading import exercises as cells
from tests.notebooks.test_exercises import import_cells

HERE = Path(__file__).parents[1]
WRONG = sorted((HERE / "wrong_answers").rglob("*.py"))
RIGHT = sorted((HERE / "right_answers").rglob("*.py"))
FIRST_LINE = re.compile(r"# (exercise-\d)(?:: (\S+))?\n")
named = {"ids": lambda path: f"{path.parent.name}/{path.stem}"}


def tried(path):
    """Return an answer's exercise and label, its functions, and how its asserts end."""
    source = path.read_text(encoding="utf-8")
    number, label = FIRST_LINE.match(source).groups()
    page = read(NOTEBOOKS / f"{path.parent.name}.ipynb")
    space = {"__name__": "__main__"}
    for imports in import_cells(page):
        exec(imports, space)
    answer = ast.parse(source)
    names = {n.name for n in answer.body if isinstance(n, ast.FunctionDef)}
    cell = ast.parse(cells(page)[number].source)
    gaps = [n for n in cell.body if getattr(n, "name", "") in names]
    assert gaps, f"{path.name}: the exercise has none of the functions {names}"
    place = cell.body.index(gaps[0])
    rest = [node for node in cell.body if node not in gaps]
    cell.body = [*rest[:place], *answer.body, *rest[place:]]
    try:
        exec(compile(ast.unparse(cell), str(path), "exec"), space)
        error = None
    except Exception as raised:
        error = raised
    checked = re.search(r'checks\.check\("[^"]+", (\w+)\)', cells(page)[number].source)
    return f"{page_number(path)}.{number}", label, space, checked[1], error


def page_number(path):
    return path.parent.name[:2]


@pytest.mark.parametrize("path", WRONG, **named)
def test_a_wrong_answer_fails_and_earns_its_label(path, as_in_a_kernel):
    name, label, space, function, error = tried(path)
    assert error is not None, "the exercise's asserts let it pass"
    if label != "-":
        found = exercises.diagnose(bank.find(name), space[function])
        assert getattr(found, "label", found) == label


@pytest.mark.parametrize("path", RIGHT, **named)
def test_another_right_answer_passes(path, as_in_a_kernel):
    name, _, space, function, error = tried(path)
    assert error is None, error
    assert exercises.diagnose(bank.find(name), space[function]) is None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_solutions_earn_no_label_and_blanks_are_open(path, as_in_a_kernel, capsys):
    solved = read(NOTEBOOKS / "solutions" / path.name)
    for notebook, said in ((solved, ""), (read(path), "not filled in yet")):
        space = {"__name__": "__main__"}
        for imports in import_cells(notebook):
            exec(imports, space)
        for name, cell in cells(notebook).items():
            capsys.readouterr()
            try:
                exec(cell.source, dict(space))
            except Exception as error:
                assert said, error
            key = f"{path.name[:2]}.{name}: "
            lines = [x for x in capsys.readouterr().out.splitlines() if key in x]
            assert lines == ([key + said] if said else []), name


def test_every_exercise_has_wrong_and_right_answers():
    for path in PAGES:
        for number in cells(read(path)):
            exercise = bank.find(f"{path.name[:2]}.{number}")
            assert len(exercise.wrong) >= 2, exercise.id
            for files, least in ((WRONG, 2), (RIGHT, 1)):
                mine = [f for f in files if f.parent.name == path.stem]
                heads = [FIRST_LINE.match(f.read_text("utf-8"))[1] for f in mine]
                assert heads.count(number) >= least, f"{exercise.id}: {heads}"


@pytest.mark.parametrize(
    "exercise",
    [one for one in bank.everything().values() if isinstance(one, bank.Exercise)],
    ids=lambda one: one.id,
)
def test_the_known_mistakes_of_an_exercise_differ(exercise):
    labels = {mistake.label for mistake in exercise.wrong}
    assert labels <= set(bank.labels())
    for mistake in exercise.wrong:
        function = bank.compute("f", {}, exercise.setup + mistake.code)
        assert exercises.diagnose(exercise, function) == mistake


DOUBLE = bank.Exercise("00.exercise-1", ("f(np.arange(3.0))", "f(np.ones((2, 2)))"))


def no_return(x):
    x * 2


def no_return_in_a_list(x):
    return [None, None]


def in_place(x):
    x *= 2
    return x


def gap(x):
    assert x is None, "fill the gap"


def dots(x):
    return ...


@pytest.mark.parametrize(
    ("function", "label"),
    [
        (no_return, "no-return"),
        (no_return_in_a_list, "no-return"),
        (in_place, "changes-its-input"),
        (np.abs, None),
    ],
)
def test_what_any_function_may_do_wrong(function, label):
    found = exercises.diagnose(DOUBLE, function)
    assert getattr(found, "label", found) == label


@pytest.mark.parametrize("function", [gap, dots])
def test_a_gap_is_open(function):
    assert exercises.diagnose(DOUBLE, function) == "open"


def test_results_are_compared_in_shape_too():
    assert exercises.alike(np.ones((2, 1)), [[1], [1]])
    assert not exercises.alike(np.ones((2, 1)), np.ones(2))
    assert not exercises.alike([[1], [2, 3]], [1, 2])
    assert exercises.alike({"a": 1}, {"a": 1.0}) and not exercises.alike({"a": 1}, {})
    assert exercises.alike("cat", "cat") and not exercises.alike("cat", "dog")
    same = exercises.outcome("f()", lambda: 1 / 0), exercises.outcome("f(1)", lambda: 1)
    assert not exercises.alike(*same) and exercises.alike(same[0], same[0])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (0.1 + 0.2, 0.3, True),
        ([float("nan"), 1], [float("nan"), 1], True),
        (1.0, 1.5, False),
        ([1, 2], [1, 3], False),
        ([1], 1, False),
        (1, [[1], [2, 3]], False),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, [1], False),
        ("1", 1, False),
    ],
)
def test_results_are_the_same_or_not(one, other, same):
    assert exercises.alike(one, other) is exercises.alike(other, one) is same


def test_none_in_a_list_is_nothing_however_long_the_list():
    assert all(map(exercises.nothing, [None, [None], (None, [None])]))
    assert not any(map(exercises.nothing, [[], [0], [None, 1], 0.0, np.zeros(2)]))


@pytest.mark.parametrize(
    "name, function",
    [
        ("03.exercise-1", lambda x, slope: np.where(x < 0, slope * x)),
        ("05.exercise-3", lambda vector: math.sqrt(vector)),
    ],
)
def test_an_error_of_another_cause_is_not_explained_by_a_known_one(name, function):
    assert exercises.diagnose(bank.find(name), function) is None
