"""A blank exercise raises what is stored, its solution passes the same checks."""

import ast
import re

import pytest

from tests.notebooks.reading import (
    FIRST,
    PAGES,
    each,
    exercise,
    exercises,
    read,
)
from tools.check_notebooks import NOTEBOOKS

BLANK_RAISES = ["AssertionError", "NotImplementedError", "NameError", "TypeError"]


def import_cells(notebook):
    """List the code before the first section or exercise, without the Colab cell."""
    section = re.compile(r"^## (?!Before you start)", re.MULTILINE)
    found = []
    for cell in notebook.cells:
        if cell.id in exercises(notebook):
            break
        if cell.cell_type == "markdown" and section.search(cell.source):
            break
        if cell.cell_type == "code" and "google.colab" not in cell.source:
            found.append(cell.source)
    return found


def outcome(notebook, cell):
    """Run the imports and one cell; return the error's name and text, or None."""
    space = {"__name__": "__main__"}
    for source in import_cells(notebook):
        exec(source, space)
    try:
        exec(cell.source, space)
    except Exception as error:
        return type(error).__name__, str(error)


def same_checks(blank, solved):
    """Tell whether the asserts are equal and all that has no gap stands in both."""
    trees = ast.parse(blank.source), ast.parse(solved.source)
    asserts = [[n for n in ast.walk(t) if isinstance(n, ast.Assert)] for t in trees]
    before, after = (list(map(ast.unparse, nodes)) for nodes in asserts)
    fixed = [line for node in trees[0].body if "..." not in (line := ast.unparse(node))]
    rest = map(ast.unparse, trees[1].body)  # read on, so that the order counts too
    return before == after and all(line in rest for line in fixed)


def exercise_problems(blank, solved):
    if [*exercises(blank)] != [*exercises(solved)]:
        yield f"exercises {[*exercises(blank)]}, solutions {[*exercises(solved)]}"
        return
    for name, cell in exercises(blank).items():
        stored = [(o.ename, o.evalue) for o in cell.outputs if "ename" in o]
        raised, solution = outcome(blank, cell), exercises(solved)[name]
        if raised is None or raised[0] not in BLANK_RAISES:
            yield f"{name}: the blank gives {raised}, not one of {BLANK_RAISES}"
        elif stored != [raised]:
            yield f"{name}: the blank raises {raised} and stores {stored}"
        if error := outcome(solved, solution):
            yield f"{name}: the solution raises {error}"
        if not same_checks(cell, solution):
            yield f"{name}: the solution is checked by other lines"


@each(PAGES)
def test_blank_exercises_fail_and_solutions_pass(path, as_in_a_kernel):
    solved = read(NOTEBOOKS / "solutions" / path.name)
    wrong = list(exercise_problems(read(path), solved))
    assert not wrong, "\n".join(wrong)


def edit(cell, old, new):
    assert old in cell.source
    cell.source = cell.source.replace(old, new, 1)


EXERCISE_BREAKS = [  # what is said of a blank and its solution after an edit
    ("solutions", lambda b, s: s.update(id="exercise-9")),
    ("the blank gives None", lambda b, s: b.update(source=s.source)),
    ("'ValueError'", lambda b, s: edit(b, "return ...", "raise ValueError(...)")),
    ("raises ('NameError'", lambda b, s: edit(b, "return ...", "return photo, ...")),
    ("stores", lambda b, s: b.outputs[-1].update(evalue="something else")),
    ("the solution raises", lambda b, s: s.update(source=b.source)),
    ("other lines", lambda b, s: edit(s, "\nassert", "\n#")),
    ("other lines", lambda b, s: edit(s, "np.arange(18)", "np.zeros(18)")),
    ("other lines", lambda b, s: edit(s, "answer[0]", "small_image[2]")),
]


@pytest.mark.parametrize(
    ("words", "how"), EXERCISE_BREAKS, ids=[words for words, _ in EXERCISE_BREAKS]
)
def test_each_exercise_check_can_fail(words, how, good, as_in_a_kernel):
    solved = read(NOTEBOOKS / "solutions" / FIRST.name)
    before = list(exercise_problems(good, solved))
    how(exercise(good), exercise(solved))
    (found,) = [p for p in exercise_problems(good, solved) if p not in before]
    assert words in found
