"""Every room where CONTRIBUTING's table of the house says it is, and no other door."""

import ast
import re
import subprocess
import sys

import pytest

from tests.conftest import SLOWEST
from tests.notebooks.reading import PAGES, PATHS, code, read
from tools.check_notebooks import NOTEBOOKS

ROOT = NOTEBOOKS.parent
HELPERS = ROOT / "helpers"
MODULES = sorted(p for p in HELPERS.rglob("*.py") if not p.name.startswith("__"))
ROOMS = sorted({p.relative_to(HELPERS).parts[0].removesuffix(".py") for p in MODULES})
ROW = re.compile(r"^\| `helpers/(\w+)/?` \|.*\| ([^|]+) \|$", re.MULTILINE)
TABLE = dict(ROW.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))


def imported(source):
    """List what a source imports, as dotted names; `from a import b` is a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def leans_on(paths):
    """Return which rooms of helpers/ and which other packages these files import."""
    names = [n.split(".") for p in paths for n in imported(p.read_text("utf-8"))]
    found = {n[1] if n[0] == "helpers" else n[0] for n in names}
    return found - set(sys.stdlib_module_names)


def files(room):
    return [p for p in MODULES if p.relative_to(HELPERS).parts[0].startswith(room)]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(HELPERS)))
def test_every_module_has_the_test_module_of_its_name(path):
    at = path.relative_to(HELPERS)
    assert (ROOT / "tests" / at.parent / f"test_{at.name}").is_file()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_leans_on_what_its_row_says(room):
    assert room in TABLE, "give it a row in CONTRIBUTING, The house"
    said = set(re.findall(r"`(\w+)`", TABLE[room]))
    assert said == leans_on(files(room)) - {room}


def test_the_table_names_every_room_and_no_other():
    assert sorted(TABLE) == ROOMS


def test_no_two_rooms_lean_on_each_other():
    below = {room: leans_on(files(room)) & set(ROOMS) - {room} for room in ROOMS}
    while below:
        bottom = {room for room, others in below.items() if not others & set(below)}
        assert bottom, f"a circle among {sorted(below)}"
        below = {room: o for room, o in below.items() if room not in bottom}


def test_every_room_is_entered_by_a_notebook_or_serves_three_others():
    sources = [c.source for path in PAGES for c in code(read(path))]
    cells = [s for s in sources if "helpers" in s and "google.colab" not in s]
    cells.append((HELPERS / "__init__.py").read_text(encoding="utf-8"))
    names = [n.split(".") for source in cells for n in imported(source)]
    entered = {name[1] for name in names if name[0] == "helpers"}
    below = [other for room in ROOMS for other in leans_on(files(room)) - {room}]
    assert entered | {room for room in ROOMS if below.count(room) > 2} == set(ROOMS)


def test_the_service_takes_three_rooms_and_no_keras():
    found = leans_on((ROOT / "app").glob("*.py"))
    assert found & set(ROOMS) == {"insight", "lite", "photos"}
    program = "import sys, app.service; print({'keras', 'sklearn'} & set(sys.modules))"
    run = [sys.executable, "-c", program]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "set()\n"


def functions(tree):
    """Yield each function's name and what it does, without docstring and hints."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = node.body[isinstance(node.body[0], ast.Expr) :]
            yield node.name, tuple(map(ast.unparse, body))


def test_nine_functions_of_ten_are_under_25_lines():
    """As CONTRIBUTING says under "Change code"; signature and docstring count."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in MODULES]
    found = [n for t in trees for n in ast.walk(t) if isinstance(n, ast.FunctionDef)]
    long = [n.name for n in found if n.end_lineno - n.lineno + 1 >= 25]
    assert len(found) > 300 and len(long) <= len(found) / 10, long


def test_no_notebook_writes_a_helper_again():
    """Two lines or more: a one-line function is the lesson, and stays in its cell."""
    ours = [
        (name, body)
        for path in [*MODULES, *(ROOT / "app").glob("*.py")]
        for name, body in functions(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert len({body for _, body in ours}) > 150
    for path in PAGES:
        for cell in code(read(path)):
            if re.search(r"^\s*[%!]", cell.source, re.MULTILINE):
                continue
            for name, body in functions(ast.parse(cell.source)):
                again = [n for n, other in ours if other == body and len(body) > 1]
                assert not again, f"{path.name}: {name} is helpers' {again}"


NAMED = re.compile(
    r"(?<![\w/.-])(?:app|benchmarks|helpers|tests|tools)/[\w/-]+(?:\.\w+)?"
)
DOTTED = re.compile(r"(?<![\w.])helpers((?:\.[a-z_]\w*)+)")
TEXTS = [*ROOT.glob("*.md"), *ROOT.glob("instructor/*.md"), ROOT / "Makefile"]
SOURCES = [p for d in ("app", "benchmarks", "tools") for p in (ROOT / d).glob("*.py")]


def text_of(path):
    if path.suffix == ".ipynb":
        return "\n".join(cell.source for cell in read(path).cells)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", [*PATHS, *TEXTS, *SOURCES, *MODULES], ids=lambda p: str(p.relative_to(ROOT))
)
def test_every_room_that_is_named_is_there(path):
    """Paths, and `helpers.x.y` as far as x is a package; the changelog tells of old."""
    if path.name == "CHANGELOG.md":
        pytest.skip("old names belong there")
    text = text_of(path)
    gone = [name for name in NAMED.findall(text) if not stands(name)]
    gone += [name for name in DOTTED.findall(text) if not stands_in_helpers(name)]
    assert not gone


def stands(name):
    return (ROOT / name).exists() or (ROOT / f"{name}.py").exists()


def stands_in_helpers(dotted):
    room, *inside = dotted[1:].split(".")
    folder = HELPERS / room
    if not folder.is_dir():
        return (HELPERS / f"{room}.py").is_file()
    known = {p.stem for p in folder.glob("*.py")} | {"__file__"}
    shown = (folder / "__init__.py").read_text(encoding="utf-8")
    return not inside or inside[0] in known or f'"{inside[0]}"' in shown


def test_the_files_that_begin_first_are_there():
    assert all((ROOT / "tests" / f"{name}.py").is_file() for name in SLOWEST)
