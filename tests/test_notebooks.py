"""Hold every notebook, its exercises and nbval itself to the rules of the course.

A rule takes a notebook and its path and yields what is wrong, in words; `BREAKS` breaks
each of them on purpose.
"""

import ast
import re
import statistics
import subprocess
import symtable
import sys
from copy import deepcopy
from functools import cache
from urllib.parse import unquote

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output
from nbval.plugin import IPyNbFile, coalesce_streams

from tools.check_notebooks import NOTEBOOKS, PART_1, kernel_environment, notebook_paths

PATHS = notebook_paths()
PAGES = [path for path in PATHS if path.parent == NOTEBOOKS]  # the others: solutions
COMPARED = [path for path in PATHS if path.name[:2] in PART_1]
FIRST = NOTEBOOKS / "01_images.ipynb"
TAGS = {"nbval-ignore-output", "nbval-check-output", "raises-exception", "live"}
HEADINGS = ["Before you start", "What you learned", "What this leaves out"]
HEADINGS += ["Exercises", "Further reading"]
ONE_MACHINE = r"\bat 0x[0-9a-fA-F]+|(?<![\w.~-])/(home|root|tmp|Users|work)/"
ONE_MACHINE += r"|\bC:\\|site-packages"
LINK = r"""\]\(([^)\s]+)|(?:src|href)=["']([^"']+)"""
EXPECT = "evaluation.expect("
ASSERTS = r"^\s*(assert\b|evaluation\.expect\()"
NBVAL = r"#\s*(NBVAL|PYTEST_VALIDATE)_"
CODE_SPAN = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
BLANK_RAISES = ["AssertionError", "NotImplementedError", "NameError", "TypeError"]
read = cache(lambda path: nbformat.read(path, as_version=4))


def each(paths):
    """Run a test once for each notebook, named `01_images` or `solutions/01_images`."""
    names = [p.relative_to(NOTEBOOKS).with_suffix("").as_posix() for p in paths]
    return pytest.mark.parametrize("path", paths, ids=names)


def code(notebook):
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def markdown(notebook):
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def tags(cell):
    return set(cell.metadata.get("tags", []))


def ignored(notebook):
    return [cell for cell in code(notebook) if "nbval-ignore-output" in tags(cell)]


def exercises(notebook):
    return {c.id: c for c in notebook.cells if c.id.startswith("exercise-")}


def kinds(cell):
    """Return the MIME types of a cell's outputs."""
    return {kind for o in cell.get("outputs", []) for kind in o.get("data", {})}


def texts(outputs):
    """List where outputs hold text: pairs of a dictionary and one of its keys."""
    found = [(o, key) for o in outputs for key in ("text", "evalue") if key in o]
    boxes = [o.data for o in outputs if "data" in o]
    return found + [(box, key) for box in boxes for key in box if "text/" in key]


def bullets(text, start, end):
    """List the bullets between two marks."""
    return re.findall(r"^- .", text.partition(start)[2].partition(end)[0], re.MULTILINE)


def execution_counts(notebook, path):
    counts = [cell.execution_count for cell in code(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield "not run once from top to bottom: make refresh"


def stored_errors(notebook, path):
    for cell in code(notebook):
        errors = sum(output.output_type == "error" for output in cell.outputs)
        if errors != ("raises-exception" in tags(cell)):
            yield f"{cell.id}: {errors} errors stored; one if raises-exception, else 0"


def no_stderr(notebook, path):
    for cell in code(notebook):
        if any(output.get("name") == "stderr" for output in cell.outputs):
            yield f"{cell.id}: stores what went to stderr"


def no_machine(notebook, path):
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        stored = [box[key] for box, key in texts(outputs)]
        stored += [line for output in outputs for line in output.get("traceback", [])]
        for found in re.finditer(ONE_MACHINE, "\n".join([cell.source, *stored])):
            yield f"{cell.id}: {found[0]!r} belongs to one machine"


def short_cells(notebook, path):
    lengths = []
    for cell in code(notebook):
        lengths.append(len(lines := cell.source.splitlines()))
        if len(lines) > 20:
            yield f"{cell.id}: {len(lines)} lines, over 20"
        if (columns := max(map(len, lines))) > 88:
            yield f"{cell.id}: {columns} columns, over 88"
    if path in PAGES and statistics.median(lengths) > 5:
        yield f"the median cell has {statistics.median(lengths)} lines, over 5"


def title(notebook, path):
    if not notebook.cells[0].source.startswith(start := f"# {int(path.name[:2])}. "):
        yield f"the first cell does not start with {start!r}"


def opening(notebook, path):
    first = notebook.cells[0].source
    wanted = [r"\*\*You will\*\* ", r"\*\*You need\*\* ", r"\*\*Time\*\*.* \d+ minutes"]
    for pattern in wanted:
        if not re.search(pattern, first):
            yield f"the first cell has no {pattern}"
    if not 2 <= len(bullets(first, "**You will learn**", "**You need")) <= 4:
        yield "**You will learn** wants 2 to 4 bullets"


def headings(notebook, path):
    text = markdown(notebook)
    found = re.findall(rf"^##+ ({'|'.join(HEADINGS)})$", text, re.MULTILINE)
    if found != HEADINGS:
        yield f"has {found}, wants {HEADINGS}"
    aims = bullets(text, "**You will learn**", "**You need")
    if len(bullets(text, "## What you learned\n", "\n## ")) != len(aims):
        yield f"What you learned: not {len(aims)} bullets, as at the top"


def one_colab_cell(notebook, path):
    if (found := sum("google.colab" in c.source for c in code(notebook))) != 1:
        yield f"{found} cells for Colab"


def known_tags(notebook, path):
    for cell in notebook.cells:
        if unknown := tags(cell) - TAGS:
            yield f"{cell.id}: {sorted(unknown)}, not one of {sorted(TAGS)}"
        if cell.cell_type == "code" and re.search(NBVAL, cell.source):
            yield f"{cell.id}: a comment to nbval; use a tag"
        if "live" in tags(cell) and "nbval-ignore-output" not in tags(cell):
            yield f"{cell.id}: live, so nbval-ignore-output too"
        if "live" in tags(cell) and cell.get("outputs"):
            yield f"{cell.id}: live, so its outputs are not stored"


def plain_imports(notebook, path):
    for cell in code(notebook):
        if found := re.search(r"import\s+\*|sys\.path", cell.source):
            yield f"{cell.id}: {found[0]}"


def figures(notebook, path):
    for cell in code(notebook):
        alt, drawn = cell.metadata.get("alt"), "image/png" in kinds(cell)
        if alt is not None and not drawn:
            yield f"{cell.id}: alt text and no figure"
        if drawn and not (isinstance(alt, str) and len(alt) >= 20):
            yield f"{cell.id}: a figure wants alt text, 20 characters or more"
        if drawn and cell.source.splitlines()[-1] != "plt.show()":
            yield f"{cell.id}: a figure wants plt.show() as the last line"


def no_script(notebook, path):
    if "<script" in nbformat.writes(notebook).lower():
        yield "holds a <script"


def bare_metadata(notebook, path):
    if "widgets" in notebook.metadata:
        yield "stores widget state"
    for cell in notebook.cells:
        if {"execution", "ExecuteTime"} & set(cell.metadata):
            yield f"{cell.id}: stores timings"
        if "widget" in str(kinds(cell)):
            yield f"{cell.id}: stores a widget; tag it live"


def small_file(notebook, path):
    if (size := len(nbformat.writes(notebook).encode())) >= 2_000_000:
        yield f"{size / 1e6:.1f} MB, not under 2"


def ignored_asserted(notebook, path):
    cells = code(notebook)
    for cell in [c for c in ignored(notebook) if "live" not in tags(c)]:
        near = cells[cells.index(cell) :][:3]
        checks = [c.source for c in near if "raises-exception" not in tags(c)]
        if not re.search(ASSERTS, "\n".join(checks), re.MULTILINE):
            yield f"{cell.id}: ignored, no assert or expect in it or the next two"


def guards_share_cells(notebook, path):
    """An assertion alone in a cell teaches; one that guards joins what it guards."""
    alone = [c.id for c in code(notebook) if asserts_only(c)]
    if len(alone) > 1:
        yield f"{alone}: cells of assertions alone, more than one"
    for cell in code(notebook):
        if asserts_only(cell) and "evaluation.expect" in cell.source:
            yield f"{cell.id}: only expects; let it share the cell that it guards"


def asserts_only(cell):
    """Tell whether a cell does nothing but assert, in loops or not."""
    if re.search(r"^\s*[%!]", cell.source, re.MULTILINE):
        return False

    def only(node):
        if isinstance(node, ast.For):
            return all(map(only, node.body))
        called = isinstance(node, ast.Expr) and ast.unparse(node)
        return isinstance(node, ast.Assert) or str(called).startswith(EXPECT)

    return all(map(only, ast.parse(cell.source).body))


def few_ignored(notebook, path):
    if 3 * len(ignored(notebook)) > len(code(notebook)):
        yield f"{len(ignored(notebook))} of {len(code(notebook))} cells are ignored"


def a_prediction(notebook, path):
    if not any(cell.source.startswith("prediction = None") for cell in code(notebook)):
        yield "no cell `prediction = None`"


def links(notebook, path):
    for found in re.finditer(LINK, CODE_SPAN.sub("", markdown(notebook))):
        target = unquote((found[1] or found[2]).partition("#")[0])
        if not re.match(r"[a-z]+:|$", target) and not (path.parent / target).exists():
            yield f"{target} is not there"


def compared_text(notebook, path):
    for cell in ignored(notebook):
        if path in COMPARED and texts(cell.outputs):
            yield f"{cell.id}: in Part 1 all stored text is compared"


def names(cell):
    """Return the names a cell assigns, and those its functions read from outside."""
    table = symtable.symtable(cell.source, cell.id, "exec")
    assigned = {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned()
    }
    functions = [t for t in table.get_children() if t.get_type() == "function"]
    return assigned, {name for t in functions for name in t.get_globals()}


def live_names(notebook, path):
    """After Run All a callback sees the last value of every name it reads."""
    cells = code(notebook)
    for k, cell in enumerate(cells):
        read_outside = names(cell)[1] if "live" in tags(cell) else set()
        for later in cells[k + 1 :] if read_outside else ():
            if again := read_outside & names(later)[0]:
                yield f"{cell.id}: {later.id} gives {sorted(again)} another value"


def exercise_cells(notebook, path):
    cells, blank = exercises(notebook), path in PAGES
    if [*cells] != [f"exercise-{n + 1}" for n in range(len(cells) or 1)]:
        yield f"has {[*cells]}, wants exercise-1, exercise-2, ..."
    for name, cell in cells.items():
        if ("raises-exception" in tags(cell)) != blank:
            yield f"{name}: raises-exception is for the blank and for it alone"
        lines = [s for s in cell.source.splitlines() if not s.startswith("assert")]
        if blank and "..." not in "\n".join(lines):
            yield f"{name}: no gap `...`"


RULES = [execution_counts, stored_errors, no_stderr, no_machine, short_cells, title]
RULES += [known_tags, plain_imports, figures, no_script, bare_metadata, small_file]
RULES += [ignored_asserted, few_ignored, links, compared_text, live_names]
RULES += [exercise_cells, guards_share_cells]
PAGE_RULES = [opening, headings, one_colab_cell, a_prediction]  # not for solutions


def problems(notebook, path):
    """List what is wrong with a notebook as pairs of a rule's name and a complaint."""
    rules = RULES + (PAGE_RULES if path in PAGES else [])
    return [(rule.__name__, wrong) for rule in rules for wrong in rule(notebook, path)]


@each(PATHS)
def test_policy(path):
    wrong = [": ".join(found) for found in problems(read(path), path)]
    assert not wrong, "\n".join(wrong)


def test_readme_and_solutions_cover_every_notebook():
    readme = (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
    names = [path.name for path in PAGES]
    assert names and [name for name in names if name not in readme] == []
    assert [path.name for path in PATHS if path not in PAGES] == names


# Every rule, broken on purpose: its name and what to do to a good notebook


@pytest.fixture
def good():
    """Return a copy of notebook 01, which must have been executed."""
    if any(execution_counts(read(FIRST), FIRST)):
        pytest.fail(f"{FIRST.name} is not executed: make refresh NB=01", pytrace=False)
    return deepcopy(read(FIRST))


def printing(notebook):
    """Return the first cell that stores plain text and nothing else."""
    return next(c for c in code(notebook) if c.outputs and "text" in c.outputs[0])


def drawing(notebook):
    return next(c for c in code(notebook) if "image/png" in kinds(c))


def exercise(notebook):
    return exercises(notebook)["exercise-1"]


def add(notebook, source, *tags, **metadata):
    """Append a cell that has been executed; return it."""
    count, metadata = len(code(notebook)) + 1, {"tags": [*tags], **metadata}
    cell = new_code_cell(source, execution_count=count, metadata=metadata)
    notebook.cells.append(cell)
    return cell


def swap(notebook, old, new):
    """Replace a text in every cell, and see that there was one."""
    assert any(old in cell.source for cell in notebook.cells)
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)


def overload(notebook):
    for _ in range(len(notebook.cells)):
        add(notebook, "x = 1\nassert x", "nbval-ignore-output")


def ignore_text(notebook):
    output = new_output("stream", text="1\n")
    cell = add(notebook, "print(1)\nassert True", "nbval-ignore-output")
    cell.outputs.append(output)


def reuse_a_name(notebook):
    add(notebook, "shown = 1")
    ignored = "live", "nbval-ignore-output"
    add(notebook, "def show(x):\n    print(x, shown)", *ignored)
    add(notebook, "shown = 2\nassert shown == 2")


def stream(text, name="stdout"):
    output = new_output("stream", name=name, text=text)
    return lambda notebook: printing(notebook).outputs.append(output)


def show(kind):
    output = new_output("display_data", data={kind: ""})
    return lambda notebook: add(notebook, "pass").outputs.append(output)


BREAKS = [
    ("execution_counts", lambda nb: printing(nb).update(execution_count=None)),
    ("execution_counts", lambda nb: printing(nb).update(execution_count=1)),
    ("stored_errors", lambda nb: exercise(nb).outputs.clear()),
    ("stored_errors", lambda nb: printing(nb).outputs.append(new_output("error"))),
    ("no_stderr", stream("warning", "stderr")),
    ("no_machine", stream("<Layer at 0x7f00a1>")),
    ("no_machine", stream("saved /home/me/x.png")),
    ("no_machine", stream("saved C:\\x.png")),
    ("no_machine", lambda nb: add(nb, "open('/tmp/x')")),
    ("short_cells", lambda nb: add(nb, "pass\n" * 21)),
    ("short_cells", lambda nb: add(nb, "#" * 89)),
    ("short_cells", lambda nb: [add(nb, "pass\n" * 6) for _ in nb.cells[:]]),
    ("title", lambda nb: swap(nb, "# 1. ", "# 2. ")),
    ("opening", lambda nb: swap(nb, "**Time**", "**Duration**")),
    ("opening", lambda nb: swap(nb, "**You will** ", "")),
    ("headings", lambda nb: swap(nb, "## What this leaves out", "## Limits")),
    ("headings", lambda nb: swap(nb, "What you learned\n\n- ", "What you learned\n\n")),
    ("one_colab_cell", lambda nb: swap(nb, "google.colab", "google.cloud")),
    ("known_tags", lambda nb: add(nb, "pass", "nbval-skip")),
    ("known_tags", lambda nb: add(nb, "# NBVAL_IGNORE_OUTPUT")),
    ("known_tags", lambda nb: add(nb, "pass", "live")),
    ("known_tags", lambda nb: printing(nb).metadata.update(tags=["live"])),
    ("plain_imports", lambda nb: add(nb, "from numpy import *")),
    ("plain_imports", lambda nb: add(nb, "sys.path.append('..')")),
    ("figures", lambda nb: drawing(nb).metadata.pop("alt")),
    ("figures", lambda nb: drawing(nb).metadata.update(alt="A photo.")),
    ("figures", lambda nb: add(nb, "pass", alt="A photo of a tower by a lake.")),
    ("figures", lambda nb: swap(nb, "\nplt.show()", "\nplt.show();")),
    ("no_script", lambda nb: add(nb, "'<SCRIPT>'")),
    ("bare_metadata", lambda nb: nb.metadata.update(widgets={})),
    ("bare_metadata", lambda nb: add(nb, "pass", execution={})),
    ("bare_metadata", show("application/vnd.jupyter.widget-view+json")),
    ("small_file", stream("x" * 2_000_000)),
    ("ignored_asserted", lambda nb: add(nb, "pass", "nbval-ignore-output")),
    ("few_ignored", overload),
    ("guards_share_cells", lambda nb: [add(nb, "assert True") for _ in "ab"]),
    ("guards_share_cells", lambda nb: add(nb, "evaluation.expect(1, 2, 3)")),
    ("a_prediction", lambda nb: swap(nb, "prediction = None", "guess = None")),
    ("links", lambda nb: swap(nb, "](02_convolution.ipynb)", "](nowhere.ipynb#top)")),
    ("compared_text", ignore_text),
    ("live_names", reuse_a_name),
    ("exercise_cells", lambda nb: exercise(nb).update(id="exercise-7")),
    ("exercise_cells", lambda nb: swap(nb, "return ...", "return None")),
]


@pytest.mark.parametrize(("broken", "how"), BREAKS, ids=[name for name, _ in BREAKS])
def test_each_rule_can_fail(broken, how, good):
    before = problems(good, FIRST)
    how(good)
    found = [found for found in problems(good, FIRST) if found not in before]
    assert {name for name, _ in found} == {broken}


def test_no_rule_is_left_unbroken():
    broken = {name for name, _ in BREAKS}
    assert {rule.__name__ for rule in RULES + PAGE_RULES} == broken


# The exercises: the blank raises what is stored, the solution passes the same checks


def import_cells(notebook):
    """List the code before the first section or exercise, without the Colab cell."""
    section = re.compile(r"^## (?!Before you start)", re.MULTILINE)
    found = []
    for cell in notebook.cells:
        if cell.id in exercises(notebook):
            break
        if cell.cell_type == "markdown" and section.search(cell.source):
            break
        if cell.cell_type == "code" and "google.colab" not in cell.source:
            found.append(cell.source)
    return found


def outcome(notebook, cell):
    """Run the imports and one cell; return the error's name and text, or None."""
    space = {"__name__": "__main__"}
    for source in import_cells(notebook):
        exec(source, space)
    try:
        exec(cell.source, space)
    except Exception as error:
        return type(error).__name__, str(error)


def same_checks(blank, solved):
    """Tell whether the asserts are equal and all that has no gap stands in both."""
    trees = ast.parse(blank.source), ast.parse(solved.source)
    asserts = [[n for n in ast.walk(t) if isinstance(n, ast.Assert)] for t in trees]
    before, after = (list(map(ast.unparse, nodes)) for nodes in asserts)
    fixed = [line for node in trees[0].body if "..." not in (line := ast.unparse(node))]
    rest = map(ast.unparse, trees[1].body)  # read on, so that the order counts too
    return before == after and all(line in rest for line in fixed)


def exercise_problems(blank, solved):
    if [*exercises(blank)] != [*exercises(solved)]:
        yield f"exercises {[*exercises(blank)]}, solutions {[*exercises(solved)]}"
        return
    for name, cell in exercises(blank).items():
        stored = [(o.ename, o.evalue) for o in cell.outputs if "ename" in o]
        raised, solution = outcome(blank, cell), exercises(solved)[name]
        if raised is None or raised[0] not in BLANK_RAISES:
            yield f"{name}: the blank gives {raised}, not one of {BLANK_RAISES}"
        elif stored != [raised]:
            yield f"{name}: the blank raises {raised} and stores {stored}"
        if error := outcome(solved, solution):
            yield f"{name}: the solution raises {error}"
        if not same_checks(cell, solution):
            yield f"{name}: the solution is checked by other lines"


@each(PAGES)
def test_blank_exercises_fail_and_solutions_pass(path, as_in_a_kernel):
    solved = read(NOTEBOOKS / "solutions" / path.name)
    wrong = list(exercise_problems(read(path), solved))
    assert not wrong, "\n".join(wrong)


def edit(cell, old, new):
    assert old in cell.source
    cell.source = cell.source.replace(old, new, 1)


EXERCISE_BREAKS = [  # what is said of a blank and its solution after an edit
    ("solutions", lambda b, s: s.update(id="exercise-9")),
    ("the blank gives None", lambda b, s: b.update(source=s.source)),
    ("'ValueError'", lambda b, s: edit(b, "return ...", "raise ValueError(...)")),
    ("raises ('NameError'", lambda b, s: edit(b, "return ...", "return photo, ...")),
    ("stores", lambda b, s: b.outputs[0].update(evalue="something else")),
    ("the solution raises", lambda b, s: s.update(source=b.source)),
    ("other lines", lambda b, s: edit(s, "\nassert", "\n#")),
    ("other lines", lambda b, s: edit(s, "np.arange(18)", "np.zeros(18)")),
    ("other lines", lambda b, s: edit(s, "answer[0]", "small_image[2]")),
]


@pytest.mark.parametrize(
    ("words", "how"), EXERCISE_BREAKS, ids=[words for words, _ in EXERCISE_BREAKS]
)
def test_each_exercise_check_can_fail(words, how, good, as_in_a_kernel):
    solved = deepcopy(read(NOTEBOOKS / "solutions" / FIRST.name))
    before = list(exercise_problems(good, solved))
    how(exercise(good), exercise(solved))
    (found,) = [p for p in exercise_problems(good, solved) if p not in before]
    assert words in found


# nbval itself: it sees a changed digit


def changed_digits(outputs):
    """Yield the outputs once for each digit of their text, with that digit changed."""
    for index, (box, key) in enumerate(texts(outputs)):
        for digit in re.finditer(r"[0-9]", box[key]):
            changed = deepcopy(outputs)
            box_, (at, end) = texts(changed)[index][0], digit.span()
            box_[key] = box[key][:at] + str((int(digit[0]) + 1) % 10) + box[key][end:]
            yield changed


@each(COMPARED)
def test_nbval_would_see_any_changed_digit(path, request):
    for item in IPyNbFile.from_parent(request.session, path=path).collect():
        item.format_output_compare = lambda *_: None  # a report that takes seconds
        compared = item.options["check"] and item.cell.execution_count
        stored = coalesce_streams(deepcopy(item.cell.outputs))
        for changed in changed_digits(item.cell.outputs):
            assert compared, f"{item.cell.id} is not compared"
            assert not item.compare_outputs(coalesce_streams(changed), stored)


def test_nbval_fails_on_one_changed_digit(tmp_path, good):
    nbformat.write(good, tmp_path / "as_it_is.ipynb")
    printing(good).outputs = next(changed_digits(printing(good).outputs))
    nbformat.write(good, tmp_path / "changed.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env"]
    command += ["--nbval-kernel-startup-timeout=180", "-p", "no:cacheprovider"]
    where = {"cwd": tmp_path, "env": kernel_environment("digits")}
    done = subprocess.run(command, capture_output=True, text=True, **where)
    cells = sum(cell.cell_type == "code" for cell in good.cells)
    assert f"1 failed, {2 * cells - 1} passed" in done.stdout, done.stdout
    assert "Cell outputs differ" in done.stdout
    assert "FAILED changed.ipynb" in done.stdout
