"""What a failed assertion says in a notebook: what was expected, and what was there.

The cells of the course check their own text with bare assertions, so that a reader sees
`assert feature_map.max() == 3` and nothing else. When one fails, a student has most
likely changed a number above; `helpers/__init__` makes IPython say so by `show`.
"""

import ast
import builtins
import linecache
import reprlib
import sys
from types import ModuleType

import numpy as np

ADVICE = (
    "If you changed something in this cell or above, that may be why. If not: restart "
    "the kernel and run all cells."
)
PURE = {"abs", "all", "any", "float", "int", "len", "max", "min", "round", "sum"}
UNTOLD = ModuleType | bool | np.bool_


def show(shell, etype, value, tb, tb_offset=None) -> list[str]:
    """Show a traceback as IPython does, and below it `explain`; return its lines."""
    lines = shell.InteractiveTB.structured_traceback(
        etype, value, tb, tb_offset=tb_offset
    )
    if not str(value):
        lines = [*lines, "\n" + explain(tb)]
    sys.last_type, sys.last_value, sys.last_traceback = etype, value, tb  # for %debug
    shell._showtraceback(etype, value, lines)
    return lines


def explain(tb) -> str:
    """Return what the assertion at the end of a traceback expected, found and advises.

    Values are those of the names, and of the calls of NumPy and of harmless built-in
    functions, that stand in the assertion: nothing else is run a second time.
    """
    while tb.tb_next:
        tb = tb.tb_next
    frame, line = tb.tb_frame, tb.tb_lineno
    failed = _assertion("".join(linecache.getlines(frame.f_code.co_filename)), line)
    if failed is None:
        return ADVICE
    names = {**frame.f_globals, **frame.f_locals}
    found = dict(_values(failed.test, names))
    said = [f"Expected: {ast.unparse(failed.test)}"]
    said += [f"Here:     {name} is {text}" for name, text in found.items()]
    return "\n".join([*said, ADVICE])


def _assertion(source: str, line: int) -> ast.Assert | None:
    """Return the assertion on this line of a source, None where it cannot be read."""
    try:
        nodes = ast.walk(ast.parse(source))
    except SyntaxError:
        return None
    for node in nodes:
        if isinstance(node, ast.Assert) and node.lineno <= line <= node.end_lineno:
            return node
    return None


def _values(node: ast.expr, names: dict):
    """Yield the largest parts of an expression that may be evaluated, with values."""
    kinds = ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.BinOp
    if isinstance(node, kinds) and _is_pure(node, names):
        try:
            value = eval(compile(ast.Expression(node), "", "eval"), dict(names))
        except Exception:  # with a name that only a comprehension knows
            pass
        else:
            if not (callable(value) or isinstance(value, UNTOLD)):
                yield ast.unparse(node), _short(value)
                return
    for part in ast.iter_child_nodes(node):
        yield from _values(part, names)


def _is_pure(node: ast.expr, names: dict) -> bool:
    """Return whether evaluating once more costs nothing and changes nothing."""
    if any(isinstance(part, ast.NamedExpr | ast.Lambda) for part in ast.walk(node)):
        return False
    calls = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
    return all(_is_pure_function(func, names) for func in calls)


def _is_pure_function(func: ast.expr, names: dict) -> bool:
    if isinstance(func, ast.Name):
        ours = func.id in names and names[func.id] is not getattr(builtins, func.id, 0)
        return func.id in PURE and not ours
    base = getattr(func, "value", None)
    if not isinstance(base, ast.Name) or base.id not in names:
        return False
    return names[base.id] is np or isinstance(names[base.id], np.ndarray | np.generic)


def _short(value) -> str:
    """Return a value in at most 60 characters; a large array by shape and type."""
    if isinstance(value, np.ndarray) and value.size > 12:
        return f"an array of shape {value.shape}, {value.dtype}"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value:.6g}"
    text = " ".join(repr(value).split())
    shorter = reprlib.Repr()
    shorter.maxother = 60  # an argument of Repr only since Python 3.12
    return text if len(text) <= 60 else shorter.repr(value)[:60]
