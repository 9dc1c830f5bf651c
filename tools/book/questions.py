"""The bank's items as data for a page: what is right, what is wrong and what to say.

Right and wrong answers are computed here, so that the browser only compares. They
travel in base64: whoever opens the page's source does not read them by accident.
"""

import base64
import dataclasses
import json
import re

import numpy as np

from helpers.checks import answers, bank


def encoded(item: bank.Item) -> str:
    """Return an item as base64 of JSON, as `predict.js` reads it."""
    told = json.dumps(told_of(item), ensure_ascii=False)
    return base64.b64encode(told.encode()).decode()


def told_of(item: bank.Item) -> dict:
    """Return what the page must know of one item, as JSON's own types."""
    wrong = [
        {
            "answer": comparable(item, item.given(each)),
            "message": item.fill(each.message),
            **look(each.label, item.id[:2]),
        }
        for each in item.wrong
    ]
    return {
        "id": item.id,
        "kind": item.kind,
        "unit": item.unit,
        "tolerance": item.tolerance,
        "options": [item.fill(option) for option in item.options],
        "lines": list(item.lines),
        "right": comparable(item, item.right()),
        "wrong": wrong,
        "hints": [item.fill(hint) for hint in item.hints],
    }


def comparable(item: bank.Item, answer: object) -> object:
    """Return an answer as the page compares it: options as their places in the list."""
    if item.kind == "choice":
        return places(item, [answer])
    if item.kind == "choices":
        return places(item, answer)
    if item.kind == "order":
        return sorted(answer) if isinstance(answer, frozenset) else [answer]
    return plain(answer)


def places(item: bank.Item, named) -> list[int]:
    """Return where the named options stand in the item's list."""
    one = dataclasses.replace(item, kind="choice")
    return [
        k
        for k, option in enumerate(item.options)
        if any(answers.same(one, option, name) for name in named)
    ]


def plain(value: object) -> object:
    """Return numbers, and lists or pairs of them, without NumPy's types."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(each) for each in value]
    return None if value is None else float(value)


def look(label: str, notebook: str) -> dict:
    """Return the page and section where a misconception is dealt with, if elsewhere."""
    found = bank.labels().get(label, {}).get("look", "")
    if not found or found.startswith(notebook):
        return {}
    name, _, section = found.partition("#")
    anchor = "#" + re.sub(r"[^a-z0-9]+", "-", section.lower()).strip("-")
    return {
        "look": name.replace(".ipynb", ".html") + anchor.rstrip("#"),
        "there": name[:2],
    }
