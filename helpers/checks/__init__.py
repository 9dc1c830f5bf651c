"""Predictions that answer: `check("02.3", prediction)` and `hint("02.3")`.

Both print plain text. The questions are data, `helpers/checks/*.toml`; what was
answered is kept by `progress`, and `answered()` or `python -m helpers.checks` shows it.
"""

from helpers.checks import answers, bank, exercises, progress

_hinted: dict[str, int] = {}


def check(name: str, answer: object) -> None:
    """Print whether the answer to a question, or a function for an exercise, is right.

    A known wrong answer is met with what its giver may have thought, never with the
    right one. None, ... or "" is no answer yet. Raises ValueError for an unknown name.
    """
    item = bank.find(name)
    name = item.id
    if isinstance(item, bank.Exercise):
        _check_exercise(item, answer)
        return
    if answers.open_(answer):
        print(f"{name}: no answer yet")
        return
    try:
        said = answers.parse(item, answer)
    except answers.Unreadable as error:
        print(f"{name}: {error}")
        return
    _say(name, *judge(item, said))


def judge(item: bank.Item, said: object, form: str = "A") -> tuple[bool, str, str]:
    """Return whether an answer read by `answers.parse` is right, a label, a message."""
    if answers.is_right(item, said, form):
        return True, "", ""
    for wrong in item.wrong:
        if answers.same(item, said, item.given(wrong, form)):
            return False, wrong.label, item.fill(wrong.message, form)
    if item.kind == "list" and len(said) != (many := len(list(item.right(form)))):
        return False, "", f"{many} numbers are asked for, not {len(said)}."
    return False, "", ""


def hint(name: str) -> None:
    """Print the next hint to a question; after the last one, the last one again."""
    item = bank.find(name)
    name = item.id
    hints = getattr(item, "hints", ())
    if not hints:
        print(f"{name}: no hint; the messages of its checks say what is wrong")
        return
    shown = _hinted[name] = min(_hinted.get(name, 0) + 1, len(hints))
    print(f"{name}, hint {shown} of {len(hints)}: {item.fill(hints[shown - 1])}")


def answered() -> None:
    """Print a table of the notebooks, and which misconceptions to look at again."""
    print(
        f"{'notebook':9} {'questions':>9} {'answered':>8} {'right':>5} {'at once':>7}"
    )
    for row in progress.table():
        counts = f"{row.asked:9} {row.answered:8} {row.right:5} {row.at_once:7}"
        print(f"{row.notebook:9} {counts}")
    for label, names in progress.again().items():
        says, where = bank.labels().get(label, {}).get("says", label), bank.where(label)
        settled = f" See {where}." if where else ""
        print(f"{', '.join(names)}: you may think: {says}.{settled}")
    print(f"\nKept in {progress.path()}: questions and whether you were right.")


def _check_exercise(exercise: bank.Exercise, function: object) -> None:
    found = exercises.diagnose(exercise, function)
    if found == "open":
        print(f"{exercise.id}: not filled in yet")
    elif found is not None:
        _say(exercise.id, False, found.label, found.message)
    else:  # no known mistake; whether it is right, the asserts say
        progress.note(exercise.id, None)


def _say(name: str, right: bool, label: str, message: str) -> None:
    kept = progress.note(name, right, label)
    if right:
        print(f"{name}: right")
    else:
        print(f"{name}: not yet.", message or f'A hint: checks.hint("{name}")')
        where = bank.where(label)
        if where and where[9:11] < name[:2]:  # a notebook that was there already
            print(f"Look at {where}")
    if kept:
        print(kept)
