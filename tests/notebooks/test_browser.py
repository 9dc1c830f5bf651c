"""The live figures and the upload button, in JupyterLab in a real browser.

Needs `make setup`'s environment and a Chromium or Chrome on the path; skipped with a
reason where one is missing, unless REQUIRE_BROWSER is set (`.ci/run` does).
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

from helpers.checks import bank
from tests import browsers
from tests.notebooks.reading import FIRST, PAGES, read, tags
from tests.test_photos import encode, scene
from tools.check_notebooks import NOTEBOOKS
from tools.refresh import answers

ROOT = Path(__file__).parents[2]
READY = (ROOT / ".venv" / ".ready").exists() and shutil.which("make")
FOREIGN_ROOT = """
c = get_config()
c.ServerApp.root_dir = c.ServerApp.preferred_dir = c.FileContentsManager.root_dir = "/"
"""
# by notebook each control: role, name, and the text under it with what changes
LIVE = {
    "02_convolution": [
        ("slider", "row", r"row (\d), column 0: .* (-?\d+)"),
        ("slider", "column", r"row \d, column (\d): .* (-?\d+)"),
        *(
            ("spinbutton", f"row {row}, col {column}", r"ledge (.* pillars [\d.]+)")
            for row in range(3)
            for column in range(3)
        ),
    ],
    "04_pooling": [("slider", "column", r"bar in column (\d), pooled rows are (.*)")],
    "07_learning": [("slider", "learning rate", r"rate ([\d.]+): .* ([\d.]+)")],
    "08_dataset": [
        ("slider", "shift (rolled)", r"flip \w+, shift (-?\d+), .* ([\d.]+)"),
        ("slider", "noise", r"flip .* noise (\d+): numbers differ by ([\d.]+)"),
        ("checkbox", "flip", r"flip (\w+), .* ([\d.]+)"),
    ],
    "11_inside_the_network": [
        ("slider", "channel", r"layer 1, channel (\d+): .* ([\d.]+)"),
        ("slider", "layer", r"layer (\d), channel \d+: .* ([\d.]+)"),
    ],
}
KEYS = {"slider": ["ArrowRight"] * 3, "spinbutton": ["ArrowUp"], "checkbox": ["Space"]}
UPLOAD = "17_deployment"
CUT = """all => all.filter((one) => one.scrollWidth > one.clientWidth)
    .map((one) => one.textContent)"""
A4 = {"width": 718, "height": 1047}  # in pixels, less margins of 1 cm
CONTROL = ".jupyter-widgets :is(input, select, textarea, button, [role=slider])"


def missing() -> str | None:
    """Say what keeps these tests from running here, if anything does."""
    no_lab = None if READY else "make lab has no environment yet: make setup"
    return browsers.missing() or no_lab


if missing() and not os.environ.get("REQUIRE_BROWSER"):
    pytest.skip(missing(), allow_module_level=True)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Serve a copy of the notebooks with `make lab`; yield its address."""
    folder, port = tmp_path_factory.mktemp("lab"), browsers.free_port()
    skipped = shutil.ignore_patterns("models", ".ipynb_checkpoints")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=skipped)
    for name in (FIRST.stem, UPLOAD, *LIVE):
        nbformat.write(short(name), folder / "notebooks" / f"live_{name}.ipynb")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        kept[f"JUPYTER_{name}"] = str(folder / name)
    (folder / "CONFIG_DIR").mkdir()  # somebody's, with a root of its own
    (folder / "CONFIG_DIR" / "jupyter_server_config.py").write_text(FOREIGN_ROOT)
    for name in ("SETTINGS_DIR", "WORKSPACES_DIR"):
        kept[f"JUPYTERLAB_{name}"] = str(folder / name)
    options = f"--no-browser --ip=127.0.0.1 --port={port} --ServerApp.port_retries=0"
    options += " --IdentityProvider.token=course --expose-app-in-browser"
    options += f" --root {folder}"
    with (folder / "log.txt").open("w") as log:
        server = subprocess.Popen(
            ["make", "lab", f"LAB_OPTIONS={options}"],
            cwd=ROOT,
            env={**kept, "IMAGE_DATA": "digits"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, server, folder / "log.txt")
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def short(name: str) -> nbformat.NotebookNode:
    """Return a notebook up to its last control, with no output; 01 without its page.

    nbval runs the rest, and the policy lets it reuse no name of a live cell.
    """
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4)
    cells = notebook.cells
    live = [k for k, cell in enumerate(cells) if "live" in tags(cell)]
    if name == FIRST.stem:
        notebook.cells = cells[: live[0]] + cells[live[0] + 1 :]
    else:
        notebook.cells = cells[: max(filter(lambda k: controls(cells[k]), live)) + 1]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def controls(cell) -> bool:
    """Tell whether a cell puts a control on the page."""
    return "live" in tags(cell) and "widgets." in cell.source


def wait_for(address: str, server, log: Path) -> None:
    """Wait until the server answers; fail with its log if it ends or takes too long."""
    until = time.monotonic() + 120
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < until and server.poll() is None:
        try:
            with direct.open(f"{address}/api", timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"make lab does not serve: {log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def browser():
    with browsers.launched() as one:
        yield one


def new_page(browser):
    one = browser.new_page(viewport={"width": 1400, "height": 1000})
    one.set_default_timeout(60_000)  # a busy machine imports TensorFlow slowly
    # from the start: what Playwright switches on later may come too late
    one.on("filechooser", lambda _: None)
    return one


@pytest.fixture
def page(browser):
    one = new_page(browser)
    yield one
    one.close()


# reading needs no kernel: it starts one where `started` says so
KERNELS = """() => {
  const registry = jupyterapp.docRegistry;
  const preference = registry.getKernelPreference.bind(registry);
  const none = { canStart: false, shouldStart: false, autoStartDefault: false };
  registry.getKernelPreference = (...asked) =>
    ({ ...preference(...asked), ...(window.started ? {} : none) });
}"""
# what is below the screen is drawn too, and no code: nothing here reads it
DRAWN = """.jp-Notebook .jp-Cell { content-visibility: visible !important }
.jp-Notebook .jp-InputArea-editor { display: none !important }"""
OPEN = """async ([path, started]) => {
  window.started = started;
  const last = jupyterapp.shell.currentWidget;
  await last.context.sessionContext.shutdown();
  last.context.model.dirty = false;  // or it would ask
  last.close();
  await jupyterapp.commands.execute("docmanager:open", { path });
}"""
ONE_OPEN = """([path, count]) => {
  const { context, content } = jupyterapp.shell.currentWidget ?? {};
  return context?.path === path && content.widgets.length === count
    && content.widgets.every((cell) => !cell.isPlaceholder())
    && document.querySelectorAll(".jp-Notebook .jp-Cell").length === count
    && document.querySelector(".jp-Notebook h1");
}"""
IDLE = """() => {
  const { sessionContext } = jupyterapp.shell.currentWidget.context;
  return sessionContext.isReady && sessionContext.session?.kernel?.status === "idle";
}"""
RAN = """() => jupyterapp.shell.currentWidget.content.widgets.filter(
  (cell) => cell.model.type === "code" && cell.model.sharedModel.source.trim()
).at(-1).model.executionCount"""


@pytest.fixture(scope="module")
def begun(lab, browser):
    """Open what `make lab` opens; return its page and what is written at its head."""
    one = new_page(browser)
    one.goto(f"{lab}/?token=course")
    one.wait_for_url(re.compile("01_images.ipynb"))
    head = one.locator(".jp-Notebook h1").first.inner_text()
    one.evaluate("() => jupyterapp.restored")
    one.wait_for_function(IDLE)
    one.evaluate(KERNELS)
    one.add_style_tag(content=DRAWN)
    yield one, head
    one.close()


@pytest.fixture(scope="module")
def desk(begun):
    """One JupyterLab, in which notebooks are opened one after another."""
    return begun[0]


def test_make_lab_opens_the_first_notebook(begun):
    assert begun[1].startswith("1. ")


def open_notebook(desk, path: str, cells: int, started: bool = False) -> None:
    """Open a notebook in place of the last and wait until all its cells are there."""
    desk.evaluate(OPEN, [path, started])
    desk.wait_for_function(ONE_OPEN, arg=[path, cells], polling=100)


def run_all(desk, name: str) -> None:
    """Open a short notebook, run all of it and wait until it has run."""
    open_notebook(desk, f"notebooks/live_{name}.ipynb", len(short(name).cells), True)
    desk.wait_for_function(IDLE)  # before it has a kernel, Lab drops a Run All
    desk.get_by_role("menuitem", name="Run", exact=True).click()
    desk.get_by_text("Run All Cells", exact=True).click()
    desk.wait_for_function(RAN, timeout=300_000, polling=100)
    desk.wait_for_function(IDLE)


def shown(page, pattern: str) -> tuple[str, ...] | None:
    """Return the groups of the text that fits the pattern, if there is one."""
    texts = page.locator(".jp-OutputArea-output").all_inner_texts()
    found = re.search(pattern, "\n".join(texts))
    return found and found.groups()


def until(page, read, seconds=60.0):
    """Read again and again until there is something; return that, or fail in time."""
    began = time.perf_counter()
    while not (found := read()):
        if time.perf_counter() - began > seconds:
            texts = page.locator(".jp-OutputArea-output").all_inner_texts()
            pytest.fail(f"waited {seconds} s in vain; shown: {texts}")
        page.wait_for_timeout(5)
    return found


def moved(page, pattern: str, before: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return what is shown once its number is another; a redraw shows nothing."""
    now = shown(page, pattern)
    return now if now and now[0] != before[0] else None


def test_every_notebook_with_a_control_is_operated_here():
    found = {path.stem for path in PAGES if any(map(controls, read(path).cells))}
    assert found == {*LIVE, UPLOAD}


@pytest.mark.parametrize("name", LIVE)
def test_every_control_has_a_name_and_moves_and_the_text_changes(desk, name):
    run_all(desk, name)
    for role, control, pattern in LIVE[name]:
        handle = desk.get_by_role(role, name=control, exact=True)
        handle.wait_for(state="attached")
        handle.scroll_into_view_if_needed()
        now, waited = until(desk, lambda wanted=pattern: shown(desk, wanted)), []
        for key in KEYS[role]:
            began = time.perf_counter()
            handle.press(key)
            now = until(desk, lambda p=pattern, before=now: moved(desk, p, before))
            waited.append(time.perf_counter() - began)
        print(f"{name}: {control} answers in {[round(1000 * w) for w in waited]} ms")
    assert desk.locator(CONTROL).count() == len(LIVE[name])


def choose(page, *files: Path) -> None:
    """Give files to the upload button of 17, by keyboard."""
    button = page.get_by_role("button", name=re.compile(r"Photos \(\d\)$"))
    button.scroll_into_view_if_needed()
    with page.expect_file_chooser() as chooser:
        button.press("Enter")
    chooser.value.set_files(files)


@pytest.mark.chromium_alone  # in Firefox Playwright hears of no dialogue for files
def test_the_upload_button_answers_for_each_file(desk, tmp_path):
    picture, scores = encode(scene(40, 60), "PNG"), r" +(\d 0\.\d\d(?:, \d 0\.\d\d){2})"
    (tmp_path / "seen.png").write_bytes(picture)
    (tmp_path / "letter.png").write_text("no picture")
    (tmp_path / "large.png").write_bytes(picture.ljust(30_000_000, b"\0"))
    run_all(desk, UPLOAD)
    choose(desk, tmp_path / "seen.png", tmp_path / "letter.png")
    until(desk, lambda: shown(desk, r"seen\.png" + scores))
    refused = r"letter\.png  +(the file is not a PNG, JPEG or WEBP picture)"
    until(desk, lambda: shown(desk, refused))
    choose(desk, tmp_path / "large.png")  # more than a server takes unless told
    until(desk, lambda: shown(desk, r"large\.png" + scores))
    twice = r"seen\.png[^\n]*\nseen\.png" + scores
    assert not shown(desk, twice)
    for _ in range(2):  # the same file again is a question again
        choose(desk, tmp_path / "seen.png")
        until(
            desk, lambda: shown(desk, r"(?:large|seen)\.png[^\n]*\nseen\.png" + scores)
        )
    until(desk, lambda: shown(desk, twice))


READ = """parts => [...document.querySelectorAll(".jp-Notebook .jp-Cell")].map(cell =>
    [cell.dataset.windowedListIndex, [...cell.querySelectorAll(parts)]
    .map(part => part.innerText).join(" ")])"""
NO_CODE = ".jp-MarkdownOutput, .jp-OutputArea, .jp-OutputPlaceholder"


def visible(desk, cells: list) -> list[str]:
    """Return what each cell shows, but code, once all texts are drawn."""
    says = [
        k
        for k, cell in enumerate(cells)
        if any("text" in one for one in cell.get("outputs", [{"text": ""}]))
    ]

    def drawn():
        found = dict(desk.evaluate(READ, NO_CODE))
        return found if all(found.get(str(k)) for k in says) else None

    found = until(desk, drawn)
    return [found[str(number)] for number in range(len(cells))]


def gives_away(item: bank.Item, text: str) -> bool:
    """Tell whether a text holds the right answer: its option, or all of its numbers."""
    right = item.right()
    if item.kind == "choice":
        return len(right) > 4 and right.lower() in text.lower()
    if item.kind not in ("number", "list", "shape"):
        return False
    numbers = list(right) if item.kind != "number" else [right]
    numbers = [n for n in numbers if isinstance(n, (int, float))]  # no intervals
    found = re.findall(r"\d+(?:\.\d+)?", text.replace(",", ""))
    return bool(numbers) and all(f"{abs(n):g}" in found for n in numbers)


@pytest.fixture(scope="module", params=PAGES, ids=lambda path: path.stem)
def opened(desk, request):
    """Open a notebook as it is stored, once for the tests of each; return its path."""
    path = request.param
    open_notebook(desk, f"notebooks/{path.name}", len(read(path).cells))
    return path


def test_no_answer_can_be_read_before_it_is_predicted(desk, opened):
    cells = read(opened).cells
    read_there = visible(desk, cells)
    asked, seen = None, 0
    for number, cell in enumerate(cells):
        if cell.source.startswith("prediction = None"):
            name = re.search(r'check\("([^"]+)"', cell.source)[1]
            asked, stem = bank.find(name), cells[number - 1].source
        elif asked:
            text = read_there[number]
            seen += 1
            told = gives_away(asked, text) and not gives_away(asked, stem)
            assert not told, f"{asked.id}: {text}"
            if cell.cell_type == "markdown":
                asked = None
    assert seen


def descriptions(page) -> list[str]:
    """List the alt texts of a notebook's figures."""
    images = page.locator(".jp-OutputArea img")
    return images.evaluate_all("images => images.map((image) => image.alt)")


def figures(path: Path) -> list[str]:
    """List the description of each figure that a notebook stores."""
    return [
        cell.metadata["alt"]
        for cell in read(path).cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]


UNFOLD = "() => jupyterapp.commands.execute('notebook:show-all-cell-outputs')"


def test_a_reader_hears_what_each_figure_shows(desk, opened):
    desk.evaluate(UNFOLD)
    until(desk, lambda: descriptions(desk) == figures(opened))


def test_a_reader_hears_what_a_new_figure_shows(desk):
    wanted = figures(FIRST)
    run_all(desk, FIRST.stem)
    until(desk, lambda: descriptions(desk) == wanted)


@contextlib.contextmanager
def nothing_from_elsewhere(page):
    """Fail where a page asks another machine for something."""
    asked = []
    page.route(
        re.compile(r"^https://"), lambda route: [asked.append(route), route.abort()]
    )
    yield
    assert not asked, [route.request.url for route in asked]


def test_an_exported_notebook_draws_its_formulas_alone(lab, page):
    with nothing_from_elsewhere(page):
        page.goto(f"{lab}/nbconvert/html/notebooks/07_learning.ipynb?token=course")
        texts = "".join(
            cell.source for cell in read(NOTEBOOKS / "07_learning.ipynb").cells
        )
        assert page.locator("math").count() == texts.count("$") / 2 > 0
        assert "$" not in page.locator("main").inner_text()


@pytest.mark.chromium_alone  # in Firefox Playwright shows no page as if printed
def test_an_exported_notebook_keeps_its_answers_closed(lab, page):
    with nothing_from_elsewhere(page):
        page.goto(f"{lab}/nbconvert/html/notebooks/02_convolution.ipynb?token=course")
    notebook = read(NOTEBOOKS / "02_convolution.ipynb")
    closed = page.locator("details.course-answer")
    assert closed.count() == sum(bool(c.outputs) for c in answers(notebook))
    assert not page.locator("details.course-answer pre").first.is_visible()
    page.emulate_media(media="print")  # on paper all is open: outputs, and the texts
    folds = page.locator("details").evaluate_all(
        "all => all.map((one) => [...one.children].map((c) => c.checkVisibility("
        "{ contentVisibilityAuto: true })))"
    )
    assert len(folds) > closed.count() and all(map(all, folds))
    page.set_viewport_size(A4)  # and no line ends at the margin
    assert page.locator(".jp-Cell pre").evaluate_all(CUT) == []
    code = page.locator(".jp-InputArea .highlight pre").first
    rows = code.evaluate(
        "(one) => ['x', 'x'.repeat(88), 'x'.repeat(200)].map((text) => {"
        "  one.textContent = text; return one.offsetHeight; })"
    )
    assert rows[0] == rows[1] < rows[2]  # 88 fit, and a longer one goes on below
    page.emulate_media(media="screen")
    closed.first.locator("summary").click()
    assert page.locator("details.course-answer pre").first.is_visible()
    alts = page.locator("img").evaluate_all("images => images.map(i => i.alt)")
    assert alts == [c.metadata["alt"] for c in notebook.cells if "alt" in c.metadata]


def test_print_in_the_file_menu_takes_the_exported_page(desk):
    open_notebook(desk, f"notebooks/{FIRST.name}", len(read(FIRST).cells))
    desk.get_by_role("menuitem", name="File", exact=True).click()
    with desk.expect_response(re.compile("/nbconvert/html/notebooks/01_")) as found:
        desk.get_by_role("menuitem", name=re.compile("^Print")).click()
    assert "course-answer" in found.value.text()
