"""Hold every notebook, its exercises and nbval itself to the rules of the course.

A rule takes a notebook and its path and yields what is wrong, in words; `BREAKS` breaks
each of them on purpose.
"""

import ast
import re
import statistics
import symtable
from urllib.parse import unquote

import nbformat
import pytest
from nbformat.v4 import new_output

from tests.notebooks.reading import (
    COMPARED,
    FIRST,
    PAGES,
    PATHS,
    add,
    code,
    drawing,
    each,
    execution_counts,
    exercise,
    exercises,
    kinds,
    markdown,
    printing,
    read,
    swap,
    tags,
    texts,
)
from tools.check_notebooks import NOTEBOOKS
from tools.refresh import COVER, answers

TAGS = {"nbval-ignore-output", "nbval-check-output", "raises-exception", "live"}
HEADINGS = ["Before you start", "What you learned", "What this leaves out"]
HEADINGS += ["Exercises", "Further reading"]
ONE_MACHINE = r"\bat 0x[0-9a-fA-F]+|(?<![\w.~-])/(home|root|tmp|Users|work)/"
ONE_MACHINE += r"|\bC:\\|site-packages"
LINK = r"""\]\(([^)\s]+)|(?:src|href)=["']([^"']+)"""
CLOSED = "<details><summary>After you ran it</summary>"
EXPECT = "evaluation.expect("
ASSERTS = r"^\s*(assert\b|evaluation\.expect\()"
NBVAL = r"#\s*(NBVAL|PYTEST_VALIDATE)_"
ROAD = re.compile(r"<!-- road.*<!-- end road -->", re.DOTALL)
CODE_SPAN = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def ignored(notebook):
    return [cell for cell in code(notebook) if "nbval-ignore-output" in tags(cell)]


def bullets(text, start, end):
    """List the bullets between two marks."""
    return re.findall(r"^- .", text.partition(start)[2].partition(end)[0], re.MULTILINE)


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
        lines = cell.source.splitlines()
        if "/content/course" not in cell.source:  # generated, for Colab alone
            lengths.append(len(lines))
        if len(lines) > 20:
            yield f"{cell.id}: {len(lines)} lines, over 20"
        if (columns := max(map(len, lines))) > 88:
            yield f"{cell.id}: {columns} columns, over 88"
    if path in PAGES and statistics.median(lengths) > 5:
        yield f"the median cell has {statistics.median(lengths)} lines, over 5"


def limits(notebook, path):
    words = len(ROAD.sub("", markdown(notebook)).split())  # the road map is no prose
    if len(notebook.cells) > 100 or words > 2500:
        yield f"{len(notebook.cells)} cells, {words} words: over 100 or 2,500"


def title(notebook, path):
    if not notebook.cells[0].source.startswith(start := f"# {int(path.name[:2])}. "):
        yield f"the first cell does not start with {start!r}"


def opening(notebook, path):
    first = notebook.cells[0].source
    wanted = [
        r"\*\*You will\*\* ",
        r"\*\*You need\*\* ",
        r"\*\*Time\*\* \d+ minutes.* \d+ for the exercises",
    ]
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
        found = re.search(r"import\s+\*|sys\.path", cell.source)
        if found and "/content/course" not in cell.source:
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


# in JSON, where a new line is two letters; a slash and a quote part attributes too
RUNS = re.compile(
    r"<(script|iframe|object|embed|base|form)\b"
    r"|<[a-z][^<>]*([\s/\"']|\\n)on\w+\s*=|javascript:",
    re.I,
)


def no_script(notebook, path):
    for found in RUNS.finditer(nbformat.writes(notebook)):
        yield f"holds {found[0]}, which a page would run or load"


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


def covered(notebook, path):
    """What answers a prediction is folded, its first line tells nothing."""
    for cell in answers(notebook):
        if cell.outputs and not cell.metadata.get("jupyter", {}).get("outputs_hidden"):
            yield f"{cell.id}: answers a prediction and is not folded: make refresh"
        first = cell.outputs[0] if cell.outputs else {}
        if "text" in first and not first["text"].startswith(COVER):
            yield f"{cell.id}: its first line may tell the answer: make refresh"


def closed_text(notebook, path):
    """The text after an answer begins with what opens on a click."""
    after = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            if after and not cell.source.startswith(CLOSED):
                yield f"{cell.id}: follows an answer and does not begin with {CLOSED}"
            after = False
        elif cell.source.startswith("prediction = None"):
            after = True


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
    """Return the names a cell assigns, and what each function reads from outside."""
    table = symtable.symtable(cell.source, cell.id, "exec")
    assigned = {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned()
    }
    functions = [t for t in table.get_children() if t.get_type() == "function"]
    return assigned, {t.get_name(): set(t.get_globals()) for t in functions}


def behind(read, functions):
    """Return names, and what the functions among them read, and so on."""
    while more := set().union(*(functions.get(name, ()) for name in read)) - read:
        read = read | more
    return read


def live_names(notebook, path):
    """After Run All a callback sees the last value of every name it reads."""
    cells, functions = code(notebook), {}
    for k, cell in enumerate(cells):
        defined = names(cell)[1] if "def " in cell.source else {}
        functions |= defined
        read = set().union(*defined.values()) if "live" in tags(cell) else set()
        read_outside = behind(read, functions)
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
RULES += [exercise_cells, guards_share_cells, limits]
PAGE_RULES = [opening, headings, one_colab_cell, a_prediction]  # not for solutions
PAGE_RULES += [covered, closed_text]


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


def overload(notebook):
    for _ in range(36):
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


def reuse_behind_a_function(notebook):
    add(notebook, "def told(x):\n    return x + shown")
    ignored = "live", "nbval-ignore-output"
    add(notebook, "def show(x):\n    print(told(x))", *ignored)
    add(notebook, "shown = 2\nassert shown == 2")


def stream(text, name="stdout"):
    output = new_output("stream", name=name, text=text)
    return lambda notebook: printing(notebook).outputs.append(output)


def show(kind):
    output = new_output("display_data", data={kind: ""})
    return lambda notebook: add(notebook, "pass").outputs.append(output)


def answer(notebook):
    return next(cell for cell in answers(notebook) if "text" in cell.outputs[0])


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
    ("short_cells", lambda nb: [add(nb, "pass\n" * 6) for _ in range(36)]),
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
    ("no_script", lambda nb: add(nb, "'<img src=x onerror=alert(1)>'")),
    ("no_script", lambda nb: add(nb, "'<svg/onload=alert(1)>'")),
    ("no_script", lambda nb: add(nb, "'<img src=x\\\nonerror=alert(1)>'")),
    ("no_script", lambda nb: drawing(nb).metadata.update(alt="<b\nonclick=x> " * 9)),
    ("no_script", lambda nb: swap(nb, "](02_convolution.ipynb)", "](javascript:x)")),
    ("bare_metadata", lambda nb: nb.metadata.update(widgets={})),
    ("bare_metadata", lambda nb: add(nb, "pass", execution={})),
    ("bare_metadata", show("application/vnd.jupyter.widget-view+json")),
    ("small_file", stream("x" * 2_000_000)),
    ("limits", lambda nb: nb.cells[0].update(source=nb.cells[0].source + " x" * 2500)),
    ("ignored_asserted", lambda nb: add(nb, "pass", "nbval-ignore-output")),
    ("few_ignored", overload),
    ("guards_share_cells", lambda nb: [add(nb, "assert True") for _ in "ab"]),
    ("guards_share_cells", lambda nb: add(nb, "evaluation.expect(1, 2, 3)")),
    ("a_prediction", lambda nb: swap(nb, "prediction = None", "guess = None")),
    ("covered", lambda nb: answer(nb).metadata.pop("jupyter")),
    ("covered", lambda nb: answer(nb).outputs[0].update(text="17\n")),
    ("closed_text", lambda nb: swap(nb, CLOSED, "You ran it.")),
    ("links", lambda nb: swap(nb, "](02_convolution.ipynb)", "](nowhere.ipynb#top)")),
    ("compared_text", ignore_text),
    ("live_names", reuse_a_name),
    ("live_names", reuse_behind_a_function),
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
