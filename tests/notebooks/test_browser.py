"""The live figures and the upload button, in JupyterLab in a real Chromium.

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

import pytest

from helpers.checks import bank
from tests import chromium
from tests.notebooks.reading import FIRST, PAGES, read
from tests.test_photos import encode, scene
from tools.check_notebooks import NOTEBOOKS
from tools.refresh import answers

ROOT = Path(__file__).parents[2]
READY = (ROOT / ".venv" / ".ready").exists() and shutil.which("make")
FOREIGN_ROOT = """
c = get_config()
c.ServerApp.root_dir = c.ServerApp.preferred_dir = c.FileContentsManager.root_dir = "/"
"""
# notebook, the slider's description, and the text under it: its number, the answer
LIVE = [
    ("02_convolution", "row", r"row (\d), column 0: .* (-?\d+)"),
    ("04_pooling", "column", r"bar in column (\d), pooled rows are (.*)"),
    ("07_learning", "learning rate", r"rate ([\d.]+): .* ([\d.]+)"),
    ("11_inside_the_network", "channel", r"layer 1, channel (\d+): .* ([\d.]+)"),
]


def missing() -> str | None:
    """Say what keeps these tests from running here, if anything does."""
    no_lab = None if READY else "make lab has no environment yet: make setup"
    return chromium.missing() or no_lab


if missing() and not os.environ.get("REQUIRE_BROWSER"):
    pytest.skip(missing(), allow_module_level=True)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Serve a copy of the notebooks with `make lab`; yield its address."""
    folder, port = tmp_path_factory.mktemp("lab"), chromium.free_port()
    skipped = shutil.ignore_patterns("models", ".ipynb_checkpoints")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=skipped)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        kept[f"JUPYTER_{name}"] = str(folder / name)
    (folder / "CONFIG_DIR").mkdir()  # somebody's, with a root of its own
    (folder / "CONFIG_DIR" / "jupyter_server_config.py").write_text(FOREIGN_ROOT)
    for name in ("SETTINGS_DIR", "WORKSPACES_DIR"):
        kept[f"JUPYTERLAB_{name}"] = str(folder / name)
    options = f"--no-browser --ip=127.0.0.1 --port={port} --ServerApp.port_retries=0"
    options += " --IdentityProvider.token=course --expose-app-in-browser"
    with (folder / "log.txt").open("w") as log:
        server = subprocess.Popen(
            ["make", "lab", f"LAB_ROOT={folder}", f"LAB_OPTIONS={options}"],
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
    with chromium.launched() as one:
        yield one


@pytest.fixture
def page(browser):
    one = browser.new_page(viewport={"width": 1400, "height": 1000})
    one.set_default_timeout(60_000)  # a busy machine imports TensorFlow slowly
    # from the start: what Playwright switches on later may come too late
    one.on("filechooser", lambda _: None)
    yield one
    one.close()


def test_make_lab_opens_the_first_notebook(lab, page):
    page.goto(f"{lab}/?token=course")
    page.wait_for_url(re.compile("01_images.ipynb"))
    assert page.locator(".jp-Notebook h1").first.inner_text().startswith("1. ")


def run_all(page, address: str, name: str) -> None:
    """Open a notebook, run all of it and wait until the kernel has nothing to do."""
    page.goto(f"{address}/lab/tree/notebooks/{name}.ipynb?token=course&reset")
    page.locator(".jp-Notebook h1").first.wait_for()
    status(page, "idle")
    for _ in range(5):  # before it has a kernel, JupyterLab drops a Run All
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        with contextlib.suppress(Exception):  # Playwright's TimeoutError
            status(page, "busy", 15_000)
            break
    status(page, "idle", 300_000)


def status(page, name: str, milliseconds: int | None = None) -> None:
    """Wait until the kernel's indicator says so."""
    indicator = f".jp-Notebook-ExecutionIndicator[data-status={name}]"
    page.locator(indicator).wait_for(state="attached", timeout=milliseconds)


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


@pytest.mark.parametrize("name, control, pattern", LIVE, ids=lambda x: x[:12])
def test_a_slider_moves_and_the_number_changes(lab, page, name, control, pattern):
    run_all(page, lab, name)
    box = page.locator(".widget-slider").filter(has_text=re.compile(f"^{control}"))
    handle = box.locator(".noUi-handle").first
    handle.wait_for(state="attached")
    handle.scroll_into_view_if_needed()
    now, waited = until(page, lambda: shown(page, pattern)), []
    for _ in range(3):
        began = time.perf_counter()
        handle.press("ArrowRight")
        now = until(page, lambda before=now: moved(page, pattern, before))
        waited.append(time.perf_counter() - began)
    print(f"{name}: {control} answers in {[round(1000 * w) for w in waited]} ms")


def choose(page, *files: Path) -> None:
    """Give files to the upload button of 17."""
    button = page.locator(".jupyter-button.widget-upload")
    button.scroll_into_view_if_needed()
    with page.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files(files)


def test_the_upload_button_answers_for_each_file(lab, page, tmp_path):
    picture, scores = encode(scene(40, 60), "PNG"), r" +(\d 0\.\d\d(?:, \d 0\.\d\d){2})"
    (tmp_path / "seen.png").write_bytes(picture)
    (tmp_path / "letter.png").write_text("no picture")
    (tmp_path / "large.png").write_bytes(picture.ljust(30_000_000, b"\0"))
    run_all(page, lab, "17_deployment")
    choose(page, tmp_path / "seen.png", tmp_path / "letter.png")
    until(page, lambda: shown(page, r"seen\.png" + scores))
    refused = r"letter\.png  +(the file is not a PNG, JPEG or WEBP picture)"
    until(page, lambda: shown(page, refused))
    choose(page, tmp_path / "large.png")  # more than a server takes unless told
    until(page, lambda: shown(page, r"large\.png" + scores))
    twice = r"seen\.png[^\n]*\nseen\.png" + scores
    assert not shown(page, twice)
    for _ in range(2):  # the same file again is a question again
        choose(page, tmp_path / "seen.png")
        until(
            page, lambda: shown(page, r"(?:large|seen)\.png[^\n]*\nseen\.png" + scores)
        )
    until(page, lambda: shown(page, twice))


READ = """parts => [...document.querySelectorAll(".jp-Notebook .jp-Cell")].map(cell =>
    [cell.dataset.windowedListIndex, [...cell.querySelectorAll(parts)]
    .map(part => part.innerText).join(" ")])"""
NO_CODE = ".jp-MarkdownOutput, .jp-OutputArea, .jp-OutputPlaceholder"


def visible(page, count: int) -> list[str]:
    """Scroll twice through `count` cells; return the most that each shows, but code.

    An output may be drawn after its cell has gone by.
    """
    found, at, place, rounds = {}, page.locator(".jp-WindowedPanel-outer").first, 0, 0
    until = time.perf_counter() + 60
    while (len(found) < count or rounds < 2) and time.perf_counter() < until:
        at.evaluate("(node, place) => node.scrollTo(0, place)", place)
        page.wait_for_timeout(50)
        for number, text in page.evaluate(READ, NO_CODE):
            found[int(number)] = max(found.get(int(number), ""), text, key=len)
        end = at.evaluate("node => node.scrollHeight")  # it grows on the way
        place = place + 700 if place < end else 0
        rounds += not place
    assert len(found) == count
    return [found[number] for number in range(count)]


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


# who only reads needs no kernel
NO_KERNEL = """() => {
  const registry = jupyterapp.docRegistry;
  const preference = registry.getKernelPreference.bind(registry);
  const none = { canStart: false, shouldStart: false, autoStartDefault: false };
  registry.getKernelPreference = (...asked) => ({ ...preference(...asked), ...none });
}"""
ONE_OPEN = """(path) => jupyterapp.shell.currentWidget?.context?.path === path
  && document.querySelectorAll(".jp-Notebook").length === 1
  && document.querySelector(".jp-Notebook h1")"""
# one that has a kernel from a test before may hold changes, and would ask
OPEN = """async (path) => {
  const last = jupyterapp.shell.currentWidget;
  if (last?.context) last.context.model.dirty = false;
  last?.close();
  await jupyterapp.commands.execute("docmanager:open", { path });
}"""


@pytest.fixture(scope="module")
def reader(lab, browser):
    """One JupyterLab in which notebooks are opened one after another, and read."""
    one = browser.new_page(viewport={"width": 1400, "height": 1000})
    one.set_default_timeout(60_000)
    one.goto(f"{lab}/lab?token=course&reset")
    one.wait_for_function("window.jupyterapp")
    one.evaluate("() => jupyterapp.restored")
    one.evaluate(NO_KERNEL)
    yield one
    one.close()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_answer_can_be_read_before_it_is_predicted(reader, path):
    reader.evaluate(OPEN, f"notebooks/{path.name}")
    reader.wait_for_function(ONE_OPEN, arg=f"notebooks/{path.name}")
    cells = read(path).cells
    read_there = visible(reader, len(cells))
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
    page.emulate_media(media="screen")
    closed.first.locator("summary").click()
    assert page.locator("details.course-answer pre").first.is_visible()
    alts = page.locator("img").evaluate_all("images => images.map(i => i.alt)")
    assert alts == [c.metadata["alt"] for c in notebook.cells if "alt" in c.metadata]


def test_print_in_the_file_menu_takes_the_exported_page(lab, page):
    page.goto(f"{lab}/lab/tree/notebooks/{FIRST.name}?token=course&reset")
    page.locator(".jp-Notebook h1").first.wait_for()
    page.get_by_role("menuitem", name="File", exact=True).click()
    with page.expect_response(re.compile("/nbconvert/html/notebooks/01_")) as found:
        page.get_by_role("menuitem", name=re.compile("^Print")).click()
    assert "course-answer" in found.value.text()


def descriptions(page) -> list[str]:
    """Scroll through a notebook; list the alt texts of the figures that appear."""
    found, at = [], page.locator(".jp-WindowedPanel-outer").first
    for place in range(0, int(at.evaluate("node => node.scrollHeight")), 400):
        at.evaluate("(node, place) => node.scrollTo(0, place)", place)
        page.wait_for_timeout(100)
        for image in page.locator(".jp-OutputArea img").all():
            if (alt := image.get_attribute("alt")) not in found:
                found.append(alt)
    return found


@pytest.mark.parametrize("run", [False, True], ids=["stored", "run"])
def test_a_reader_hears_what_each_figure_shows(lab, page, run):
    wanted = [c.metadata["alt"] for c in read(FIRST).cells if "alt" in c.metadata]
    if run:
        run_all(page, lab, FIRST.stem)
    else:
        page.goto(f"{lab}/lab/tree/notebooks/{FIRST.name}?token=course&reset")
        page.locator(".jp-OutputArea img").first.wait_for()
    page.wait_for_timeout(1000)
    assert descriptions(page) == wanted
