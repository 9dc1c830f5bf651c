"""Which known mistake a student's function makes, found by what it returns."""

import contextlib
import copy
import io
import re
from collections.abc import Callable

import numpy as np

from helpers.checks.bank import Exercise, Mistake, compute

NO_RETURN = Mistake(
    "",
    "no-return",
    "Your function returns None. Does its last line begin with `return`?",
)
CHANGES = Mistake(
    "",
    "changes-its-input",
    "Your function changes the array that it was given: whoever calls it loses the old "
    "values. Work on a copy, or compute a new array.",
)


def diagnose(exercise: Exercise, function: Callable) -> Mistake | str | None:
    """Return the known mistake that `function` makes, "open" for a gap, else None."""
    changed = []

    def results(f: Callable) -> list:
        return [outcome(call, f, exercise.setup) for call in exercise.calls]

    got = results(watched(function, changed))
    if any(isinstance(one, Gap) for one in got):
        return "open"
    if all(map(nothing, got)):
        return NO_RETURN
    for mistake in exercise.wrong:
        known = results(compute("f", {}, exercise.setup + mistake.code))
        if all(map(alike, got, known)) and _fails_alike(got, known):
            return mistake
    return CHANGES if any(changed) else None


def _fails_alike(got: list, known: list) -> bool:
    """Tell whether two functions that do nothing but raise say the same.

    Else an error may be the function's work: it refuses in words of its own.
    """
    if not all(isinstance(one, Raised) for one in got):
        return True
    return all(one.says == other.says for one, other in zip(got, known, strict=True))


def nothing(found: object) -> bool:
    """Tell whether a result is None, or a list of such."""
    several = isinstance(found, (list, tuple)) and len(found) > 0
    return all(map(nothing, found)) if several else found is None


class Gap:
    """What a function gives whose gap is not filled yet."""


class Raised:
    """What a function gives that raises: the error's kind, and what it says.

    Of that no numbers, names and shapes, which differ where the mistake is the same.
    """

    def __init__(self, error: Exception):
        self.kind = type(error).__name__
        self.says = re.sub(r"\(.*?\)|'.*?'|\d+|\s+", "", str(error))


def watched(function: Callable, changed: list[bool]) -> Callable:
    """Wrap a function so that `changed` tells of each call if it changed an array."""

    def call(*args, **settings):
        before = copy.deepcopy(args)
        result = function(*args, **settings)
        held = [i for i, arg in enumerate(args) if isinstance(arg, (np.ndarray, list))]
        changed.append(not all(alike(args[i], before[i]) for i in held))
        return result

    return call


def outcome(call: str, function: Callable, setup: str = "") -> object:
    """Evaluate a call of `f`, quietly; errors become values that can be compared."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            found = compute(call, {"f": function}, setup)
    except NotImplementedError:
        return Gap()
    except AssertionError as error:  # the blanks of this course ask for their gaps so
        return Gap() if str(error) else Raised(error)
    except Exception as error:
        return Raised(error)
    return Gap() if gap(found) else found


def gap(found: object) -> bool:
    """Tell whether a result is `...`, or a tuple or list that holds one."""
    return found is ... or (
        isinstance(found, (tuple, list)) and any(one is ... for one in found)
    )


def alike(one: object, other: object) -> bool:
    """Tell whether two results are the same: arrays within rounding, in shape too."""
    if isinstance(one, Raised) or isinstance(other, Raised):
        return getattr(one, "kind", None) == getattr(other, "kind", "")
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        return len(one) == len(other) and all(map(alike, one, other))
    try:
        first, second = np.asarray(one), np.asarray(other)
        if first.shape != second.shape:
            return False
        if first.dtype.kind in "biufc" and second.dtype.kind in "biufc":
            return bool(
                np.allclose(first, second, rtol=1e-5, atol=1e-8, equal_nan=True)
            )
        return bool(np.all(first == second))
    except (TypeError, ValueError):  # a number and a list of lists, say
        return False
