"""The bank of questions: a TOML file a notebook, read into items and exercises.

What is right is never typed: it is an expression that is computed, from the course's
own layers or measurements. CONTRIBUTING (*Change a question*) describes the format.
"""

import ast
import functools
import importlib
import itertools
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent
USES = ("opening", "prediction", "task", "exam")
KINDS = ("number", "list", "shape", "choice", "choices", "order")
NAMES = {"np": "numpy", "layers": "helpers.layers", "gradients": "helpers.gradients"}
NAMES |= {"math": "math", "evaluation": "helpers.evaluation", "data": "helpers.data"}
NAMES |= {"results": "helpers.results", "itertools": "itertools"}
LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that somebody may give, and what to say to it.

    `answer` is a value for choices and lines, else a value or an expression.
    """

    answer: object
    label: str
    message: str


@dataclass(frozen=True)
class Item:
    """A question: `stem` and expressions may use the names of `values`.

    `form` "A" is the notebook's own; "B" and "C", the test before and the one after,
    have other numbers where `values_b` and `values_c` give some. An item that `leans`
    on a figure or table of its notebook is asked there alone.
    """

    id: str
    use: str
    kind: str
    stem: str
    answer: str = ""
    hints: tuple[str, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    options: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    proof: str = ""
    setup: str = ""
    unit: str = ""
    tolerance: float = 0.0
    leans: bool = False
    values: dict = field(default_factory=dict)
    values_b: dict = field(default_factory=dict)
    values_c: dict = field(default_factory=dict)

    def space(self, form: str = "A") -> dict:
        """Return the numbers of one form."""
        others = {"B": self.values_b, "C": self.values_c}
        numbers = self.values | others.get(form, {})
        return numbers | ({"options": self.options} if self.options else {})

    def text(self, form: str = "A") -> str:
        """Return the stem with its numbers."""
        return self.fill(self.stem, form)

    def fill(self, text: str, form: str = "A") -> str:
        """Put the numbers of one form into a text, where the item has any."""
        return text.format(**self.space(form)) if self.values else text

    def right(self, form: str = "A") -> object:
        """Compute the right answer.

        A number or a pair (least, most); a list of such; a shape; the text of an
        option; a set of options; for lines a set of all orders that work, as {"CAB"}.
        """
        if self.kind == "order":
            return orders(self.lines, self.proof, self.setup)
        found = compute(self.answer, self.space(form), self.setup)
        if self.kind == "choice" and not isinstance(found, str):
            return "yes" if found else "no"
        return frozenset(found) if self.kind == "choices" else found

    def given(self, wrong: Wrong, form: str = "A") -> object:
        """Return a wrong answer of one form, computed where it is an expression."""
        if self.kind in ("number", "list", "shape") and isinstance(wrong.answer, str):
            return compute(wrong.answer, self.space(form), self.setup)
        return wrong.answer


@dataclass(frozen=True)
class Mistake:
    """A known wrong function: who answers as the `f` of `code` made this mistake."""

    code: str
    label: str
    message: str


@dataclass(frozen=True)
class Exercise:
    """An exercise's function: `calls` are expressions that call it by the name `f`.

    `setup` are statements that run before each call and before each mistake's code.
    """

    id: str
    calls: tuple[str, ...]
    wrong: tuple[Mistake, ...] = ()
    setup: str = ""


def compute(expression: str, values: dict, setup: str = "") -> object:
    """Run `setup` and evaluate `expression` with `values`, `NAMES` and `band`."""
    space = needed(setup + "\n" + expression) | values
    exec(setup, space)
    return eval(expression, space)


def needed(source: str) -> dict:
    """Import what a piece of code takes from `NAMES`."""
    used = named(source)
    space = {name: importlib.import_module(NAMES[name]) for name in used & set(NAMES)}
    if "keras" in used:
        space["keras"] = importlib.import_module("helpers.quiet").keras
    return space | ({"band": band} if "band" in used else {})


@functools.cache
def named(source: str) -> frozenset[str]:
    """Return every name that a piece of code uses."""
    found = ast.walk(ast.parse(source))
    return frozenset(node.id for node in found if isinstance(node, ast.Name))


def band(
    what: str, data_name: str = "cifar10", times: float = 1
) -> tuple[float, float]:
    """Return the least and the most that a trained number may be, times a factor."""
    low, high = importlib.import_module("helpers.evaluation").band(what, data_name)
    return low * times, high * times


def works(lines: tuple[str, ...], order: str, proof: str, setup: str = "") -> bool:
    """Tell whether the lines, in an order such as "CAB", pass `proof` after `setup`."""
    program = "\n".join(lines[LETTERS.index(letter)] for letter in order)
    try:
        space = needed("\n".join([setup, program, proof]))
        exec(setup, space)
        exec(program, space)
        exec(proof, space)
    except Exception:
        return False
    return True


@functools.cache
def orders(lines: tuple[str, ...], proof: str, setup: str = "") -> frozenset[str]:
    """Try every order of the lines; return those that pass."""
    tried = map("".join, itertools.permutations(LETTERS[: len(lines)]))
    return frozenset(order for order in tried if works(lines, order, proof, setup))


@functools.cache
def labels() -> dict[str, dict[str, str]]:
    """Return the misconceptions: `{label: {"says": ..., "look": notebook#section}}`."""
    return tomllib.loads((FOLDER / "labels.toml").read_text(encoding="utf-8"))


def where(label: str) -> str:
    """Say in which notebook and section a misconception is settled; "" for a slip."""
    name, _, section = labels().get(label, {}).get("look", "").partition(".ipynb#")
    return f"notebook {name[:2]}, {section.replace('-', ' ')}" if section else ""


@functools.cache
def read(notebook: str) -> dict[str, Item | Exercise]:
    """Read the items and exercises of a notebook, "02", by their ids.

    Raises ValueError for a notebook without a file.
    """
    path = _files().get(notebook)
    if path is None:
        raise ValueError(f"there are no questions for notebook {notebook!r}")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    items = [_item(table) for table in tables.get("item", [])]
    exercises = [_exercise(table) for table in tables.get("exercise", [])]
    return {each.id: each for each in items + exercises}


def _files() -> dict[str, Path]:
    """Find the file of each notebook's questions, in the order of the notebooks."""
    return {path.name[:2]: path for path in sorted(FOLDER.glob("[0-9]*.toml"))}


def everything() -> dict[str, Item | Exercise]:
    """Read the whole bank, in the order of the notebooks."""
    return {key: one for each in _files() for key, one in read(each).items()}


def find(name: str) -> Item | Exercise:
    """Return an item ("02.3") or exercise ("02.exercise-1"); or raise ValueError."""
    name = name.zfill(len(name) + (name[1:2] == "."))  # 2.3 is 02.3
    known = read(name.partition(".")[0])
    if name not in known:
        raise ValueError(f"no question {name!r}; there are: {', '.join(known)}")
    return known[name]


def _item(table: dict) -> Item:
    lists = {
        k: tuple(v) for k, v in table.items() if k in ("hints", "options", "lines")
    }
    wrong = tuple(Wrong(**each) for each in table.get("wrong", []))
    return Item(**table | lists | {"wrong": wrong})


def _exercise(table: dict) -> Exercise:
    wrong = tuple(Mistake(**each) for each in table.get("wrong", []))
    return Exercise(table["id"], tuple(table["calls"]), wrong, table.get("setup", ""))
