"""The worksheets: one a session, with computed keys that the sheets do not tell."""

import ast
import re

import numpy as np
import pytest

from tools.kit import plan, worksheets

SESSIONS = range(1, len(plan()["session"]) + 1)
TASKS = [
    pytest.param(task, id=f"{name}, {place}")
    for name, tasks in worksheets.tasks().items()
    for place, task in enumerate(tasks, 1)
]
FIELDS = {"ask", "given", "setup", "answer", "across", "down", "says", "lines"}


SMALL = {"0", "1", "-1", "2"}
# a line to write on, the head of a table, its rule, and a row of it with empty cells
EMPTY = re.compile(r"(Answer: )?[_ ,]*|\| \|.*|[|-]+|\| \*\*.+?\*\* \|(  \|)+")


def numbers(text):
    """Return the numbers of a text; those that an answer types, it must not."""
    return {*re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", text.replace(",000", "000"))}


def computed(expression):
    """Tell whether more is done than to write an array down."""
    for node in ast.walk(ast.parse(expression, mode="eval")):
        named = isinstance(node, ast.Name) and node.id != "np"
        called = isinstance(node, ast.Call) and ast.unparse(node.func) != "np.array"
        if named or called or isinstance(node, ast.BinOp):
            return True
    return False


def test_every_session_has_a_worksheet_of_two_to_four_tasks():
    named = [worksheets.name(one) for one in plan()["session"]]
    assert [*worksheets.tasks()] == named
    assert all(2 <= len(tasks) <= 4 for tasks in worksheets.tasks().values())
    asked = [task["ask"] for tasks in worksheets.tasks().values() for task in tasks]
    assert len({*asked}) == len(asked)


@pytest.mark.parametrize("task", TASKS)
def test_an_answer_is_computed_and_short_enough_for_paper(task):
    assert task.keys() <= FIELDS and ("answer" in task or "says" in task)
    if "says" in task:
        given = [*task.get("across", []), *task.get("down", [])]
        given += [worksheets.block(v) for v in worksheets.space(task).values()]
        plain = {k: v for k, v in task.items() if k != "says"}
        given += [task["ask"], worksheets.solved(plain)]
        typed = numbers(re.sub(r"\{.+?\}", "", task["says"]))
        assert not typed - numbers(" ".join(given)) - SMALL
    if "answer" not in task:
        return
    assert computed(task["answer"])
    value = np.asarray(worksheets.answer(task))
    if value.dtype.kind in "fiub":
        assert np.isfinite(value).all() and value.size <= 40
        solved = worksheets.solved(task)
        assert not re.search(r"\de[-+]?\d|nan", solved)


@pytest.mark.parametrize("task", TASKS)
def test_the_table_to_fill_in_has_the_shape_of_the_answer(task):
    if "answer" not in task or np.ndim(value := worksheets.answer(task)) < 2:
        assert "across" not in task and "down" not in task
        return
    rows, columns = np.shape(value)[:2]
    assert len(task.get("across", range(columns))) == columns
    assert len(task.get("down", range(rows))) == rows
    lines = worksheets.room(task).split("\n\n")[0].splitlines()
    assert len(lines) == rows + 2 and lines[-1].count("|") == columns + 2


@pytest.mark.parametrize("session", SESSIONS)
def test_a_sheet_has_room_and_does_not_tell_its_key(session):
    sheet, key = worksheets.sheet(session), worksheets.key(session)
    found = worksheets.tasks()[worksheets.name(plan()["session"][session - 1])]
    for place, task in enumerate(found, 1):
        assert f"**{place}.** " in sheet and f"**{place}.** " in key
        room = worksheets.room(task)
        assert room in sheet and ("___" in room or "|  |" in room)
        assert all(EMPTY.fullmatch(line) for line in room.splitlines())
        assert "says" not in task or worksheets.says(task) not in sheet
        if "answer" in task and np.ndim(value := worksheets.answer(task)) > 1:
            assert worksheets.block(value) not in sheet
        elif "answer" in task and np.size(value) > 1:
            assert ", ".join(worksheets.rows(value)[0]) not in sheet
    assert worksheets.title(session) in sheet and worksheets.title(session) in key
