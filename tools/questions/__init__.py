"""The bank of questions on paper and in files: its answers, to choose from."""

import random
from dataclasses import dataclass

from helpers.checks import bank


@dataclass(frozen=True)
class Option:
    """An answer to choose: its text, whether it is right, and what to say to it."""

    text: str
    right: bool
    says: str = ""


def show(item: bank.Item, value: object) -> str:
    """Write an answer as it stands on paper."""
    if item.kind == "order":
        return ", ".join(value)
    if item.kind in ("choice", "choices"):
        return value if isinstance(value, str) else ", ".join(sorted(value))
    if item.kind == "number":
        return _number(value) + (f" {item.unit}" if item.unit else "")
    numbers = ", ".join(_number(one) for one in value)
    return f"({numbers})" if item.kind == "shape" else numbers


def _number(value: object) -> str:
    if value is None:
        return "any"
    if isinstance(value, (list, tuple)):
        return f"{_number(value[0])} to {_number(value[1])}"
    return f"{float(value):.6g}"


def right_text(item: bank.Item, form: str) -> str:
    """Write the right answer; of several orders the first."""
    right = item.right(form)
    return show(item, min(right) if item.kind == "order" else right)


def options(item: bank.Item, form: str = "A") -> list[Option]:
    """List the right answer and the known wrong ones, in an order of their own."""
    if item.kind in ("choice", "choices"):
        texts = list(item.options)
    else:
        wrong = [show(item, item.given(one, form)) for one in item.wrong]
        texts = list(dict.fromkeys([right_text(item, form), *wrong]))
        random.Random(item.id + form).shuffle(texts)
    said = {show(item, item.given(w, form)): says(item, w, form) for w in item.wrong}
    right = item.right(form)
    wanted = right if item.kind == "choices" else {right_text(item, form)}
    return [Option(t, t in wanted, said.get(t, "")) for t in texts]


def says(item: bank.Item, wrong: bank.Wrong, form: str) -> str:
    """Return what is said to a wrong answer, and where to look."""
    look = bank.labels()[wrong.label].get("look", "")
    where = look.replace(".ipynb#", ", ").replace("-", " ")
    return item.fill(wrong.message, form) + (f" (Notebook {where}.)" if look else "")


def stem(item: bank.Item, form: str) -> str:
    """Return a question with its lines, as Markdown."""
    lines = [f"{bank.LETTERS[i]}   {line}" for i, line in enumerate(item.lines)]
    shown = ["\n\n    " + "\n    ".join(lines)] if lines else []
    return "".join([item.text(form).strip(), *shown])
