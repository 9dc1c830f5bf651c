"""The bank of questions on paper and in files: its answers, to choose from."""

import random
import re
from dataclasses import dataclass

import numpy as np

from helpers.checks import bank

FORMS = {"B": "before", "C": "after"}  # on paper; the notebooks and votes have form A
# options whose order says something: short ones, numbers, "first", a line's letter
ORDERED = re.compile(r"\S+( \S+)?$|(first|second|third|line|[A-H])\b|\W*\d|about \d")


@dataclass(frozen=True)
class Option:
    """An answer to choose: its text, whether it is right, and what to say to it."""

    text: str
    right: bool
    says: str = ""


def show(item: bank.Item, value: object, digits: int = 3) -> str:
    """Write an answer as it stands on paper, numbers with so many digits."""
    if item.kind == "order":
        return ", ".join(value)
    if item.kind in ("choice", "choices"):
        return value if isinstance(value, str) else ", ".join(sorted(value))
    if item.kind == "number":
        unit = f" {item.unit}" if item.unit else ""
        return _number(item, value, digits) + unit
    numbers = [_number(item, one, digits) for one in value]
    if item.kind == "shape":
        return f"({numbers[0]},)" if len(numbers) == 1 else f"({', '.join(numbers)})"
    return ", ".join(numbers)


def _number(item: bank.Item, value: object, digits: int) -> str:
    if value is None:
        return "any"
    if isinstance(value, (list, tuple, np.ndarray)):
        ends = [_number(item, one, digits) for one in value]
        return ends[0] if len(set(ends)) == 1 else " to ".join(ends)
    if item.unit == "%":  # a band may be wider than what can be
        value = min(value, 100)
    if float(value) == round(float(value)):
        return f"{round(float(value)):,}"
    return np.format_float_positional(float(f"{value:.{digits}g}"), trim="-")


def right_text(item: bank.Item, form: str, digits: int = 3) -> str:
    """Write the right answer; of several orders the first."""
    right = item.right(form)
    return show(item, min(right) if item.kind == "order" else right, digits)


def options(item: bank.Item, form: str = "A") -> list[Option]:
    """List the right answer and the known wrong ones, numbers by their size."""
    given = [(item.given(wrong, form), wrong) for wrong in item.wrong]
    right = item.right(form)
    if item.kind in ("choice", "choices"):
        said = {show(item, value): says(item, w, form) for value, w in given}
        wanted = right if item.kind == "choices" else {right_text(item, form)}
        texts = [*item.options]
        # a task's are lines in order; notebooks read a prediction's letters
        moved = item.use in ("opening", "exam")
        if moved and not any(map(ORDERED.match, texts)):
            random.Random(item.id + form).shuffle(texts)
        return [Option(t, t in wanted, said.get(t, "")) for t in texts]
    # nor may it be the one whose numbers are intervals
    points = not any(is_wide(item, value) for value, _ in given)
    for digits in (3, 9):  # more where a wrong answer would read as the right one
        right_one = right_text(item, form, digits)
        if points and is_wide(item, right):
            right_one = show(item, middle(item, right), digits)
        rows = [
            (sizes(v), show(item, v, digits), says(item, w, form)) for v, w in given
        ]
        if right_one not in [text for _, text, _ in rows]:
            break
    first = min(right) if item.kind == "order" else right
    found = {right_one: (sizes(first), Option(right_one, True))}
    for size, text, words in rows:
        found.setdefault(text, (size, Option(text, False, words)))
    return [option for _, option in sorted(found.values(), key=lambda pair: pair[0])]


def is_wide(item: bank.Item, answer: object) -> bool:
    """Tell whether an answer is an interval, or holds one."""
    if item.kind == "number":
        return np.ndim(answer) > 0
    return item.kind == "list" and any(np.ndim(one) > 0 for one in answer)


def middle(item: bank.Item, answer: object) -> object:
    """Return the middle of each interval of an answer."""
    if item.kind == "number":
        return float(np.mean(answer))
    return [one if one is None else float(np.mean(one)) for one in answer]


def marks(item: bank.Item) -> str:
    """Return how options are called: by letters, orders of lettered lines by digits."""
    return "12345678" if item.kind == "order" else bank.LETTERS


def about(items: list[bank.Item]) -> str:
    """Name the notebooks that items come from: "notebooks 1, 2"."""
    numbers = sorted({int(item.id[:2]) for item in items})
    if len(numbers) > 6:
        return f"notebooks {numbers[0]} to {numbers[-1]}"
    listed = ", ".join(map(str, numbers))
    return f"notebook{'s' if len(numbers) > 1 else ''} {listed}"


def sizes(answer: object) -> list:
    """Return what an answer is sorted by: its numbers in a row, or its letters."""
    if isinstance(answer, str):
        return [*answer]
    if isinstance(answer, (list, tuple, np.ndarray)):
        return [number for one in answer for number in sizes(one)]
    return [float(answer or 0)]


def four(item: bank.Item) -> list[Option]:
    """List at most four options for a vote: the right one and the first wrong ones.

    All of a task, whose options are the lines of a program.
    """
    found = options(item)
    if item.use == "task" and item.kind == "choice":
        return found
    wrong = [show(item, item.given(w)) for w in item.wrong]
    first = sorted(
        (o for o in found if not o.right),
        key=lambda o: wrong.index(o.text) if o.text in wrong else len(wrong),
    )
    right = [option for option in found if option.right]
    kept = right + first[: max(0, 4 - len(right))]
    return [option for option in found if option in kept]


def says(item: bank.Item, wrong: bank.Wrong, form: str) -> str:
    """Return what is said to a wrong answer, and where to look."""
    where = bank.where(wrong.label)
    return item.fill(wrong.message, form) + (f" (See {where}.)" if where else "")


def stem(item: bank.Item, form: str) -> str:
    """Return a question with its lines, as Markdown."""
    lines = [f"{bank.LETTERS[i]}   {line}" for i, line in enumerate(item.lines)]
    shown = ["\n\n    " + "\n    ".join(lines)] if lines else []
    return "".join([item.text(form).strip(), *shown])
