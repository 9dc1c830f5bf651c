"""What is printed under an answer: whether it is right, and what helps next."""

import pytest

from helpers import checks
from helpers.checks import bank

ITEMS = [one for one in bank.everything().values() if isinstance(one, bank.Item)]
CHOICES = [
    item
    for item in ITEMS
    if item.kind == "choice" and item.id[:2] in ("02", "06", "11")  # settled anywhere
]
SIZES = next(item for item in ITEMS if item.kind == "list" and len(item.right()) == 3)
COUNT = bank.find("02.1")
SHAPE = next(item for item in ITEMS if item.kind == "shape")


def printed(capsys, name, answer):
    checks.check(name, answer)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("item", [COUNT, SIZES, SHAPE], ids=lambda item: item.kind)
def test_a_wrong_answer_that_nobody_foresaw_is_led_to_the_hints(item, capsys):
    answer = 987 if item is COUNT else [987] * len(item.right())
    said = f'{item.id}: not yet. A hint: checks.hint("{item.id}")'
    assert printed(capsys, item.id, answer) == [said]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_of_a_list_too_short_or_long_the_numbers_are_counted(count, capsys):
    said = f"{SIZES.id}: not yet. 3 numbers are asked for, not {count}."
    assert printed(capsys, SIZES.id, [987] * count) == [said]


def test_the_numbers_of_a_shape_are_not_counted(capsys):
    """How many it has may be the question."""
    said = f'{SHAPE.id}: not yet. A hint: checks.hint("{SHAPE.id}")'
    assert printed(capsys, SHAPE.id, [987] * 9) == [said]


@pytest.mark.parametrize("item", CHOICES, ids=lambda item: item.id)
def test_a_section_is_named_where_an_earlier_notebook_settles_it(item, capsys):
    assert printed(capsys, item.id, item.right()) == [f"{item.id}: right"]
    for wrong in item.wrong:
        said = [f"{item.id}: not yet. {item.fill(wrong.message)}"]
        look = bank.labels()[wrong.label].get("look", "99")
        if int(look[:2]) < int(item.id[:2]):
            said += [f"Look at {bank.where(wrong.label)}"]
        assert printed(capsys, item.id, wrong.answer) == said


def test_an_exercise_is_open_or_a_known_mistake_or_left_to_its_asserts(capsys):
    exercise = bank.find("02.exercise-1")
    known = exercise.wrong[0]
    assert printed(capsys, exercise.id, lambda *_: ...) == [
        f"{exercise.id}: not filled in yet"
    ]
    found = bank.compute("f", {}, exercise.setup + known.code)
    assert printed(capsys, exercise.id, found) == [
        f"{exercise.id}: not yet. {known.message}"
    ]
    assert printed(capsys, exercise.id, lambda *_: "neither") == []
