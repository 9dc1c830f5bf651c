"""The book: predictions asked and answers covered, and every page whole, offline."""

import functools
import http.server
import importlib.util
import os
import re
import threading
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import unquote

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.checks import bank
from tests import browsers
from tests.explorer.conftest import browser, open_file  # noqa: F401
from tests.notebooks.reading import PAGES
from tools.book import notebooks, questions, sources

ROOT = sources.ROOT
STATIC = sources.HERE / "static"
PHONE = {"width": 390, "height": 844}
missing = [
    name
    for name in ("sphinx", "myst_nb", "furo", "latex2mathml")
    if importlib.util.find_spec(name) is None
]
# myst-parser 5.2 uses what Sphinx 11 will not have
pytestmark = pytest.mark.filterwarnings("ignore:.*MystReferenceResolver")
needs_sphinx = pytest.mark.skipif(
    bool(missing) and not os.environ.get("REQUIRE_BROWSER"),
    reason=f"the book's packages are not installed: make book ({', '.join(missing)})",
)


def item(kind, answer, **told):
    wrong = [bank.Wrong(*each) for each in told.pop("wrong", [])]
    return bank.Item("02.9", "prediction", kind, "How?", answer, wrong=wrong, **told)


NUMBER = item(
    "number",
    "5",
    hints=("Count them.", "With your fingers."),
    wrong=[("7", "same-keeps-size", "That is the picture's size.")],
)


SCRIPTS = ("answers.js", "predict.js")


def asked_page(folder, one, wanted=""):
    """Write a page that asks an item, with no more of the book than the scripts."""
    scripts = "".join(f'<script src="{STATIC / n}"></script>' for n in SCRIPTS)
    page = folder / "page.html"
    page.write_text(
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>a page</title>'
        f'<main><div id="p1" class="prediction" data-wanted="{wanted}" '
        f'data-question="{questions.encoded(one)}"></div>'
        '<details class="covered" data-covers="p1">'
        "<summary>code</summary>the answer</details><p>between</p>"
        '<details data-covers="p1"><summary>After you ran it</summary>'
        "if you said 7</details>"
        f'<p class="forget"></p></main>{scripts}</html>',
        encoding="utf-8",
    )
    return page


@pytest.fixture
def asked(open_file, tmp_path):  # noqa: F811
    return lambda one, wanted="": open_file(asked_page(tmp_path, one, wanted))


def visible(page):
    return page.locator("main").inner_text()


def covered(page):
    return "the answer" not in visible(page) and "if you said" not in visible(page)


def say(page, text, button="Check"):
    page.get_by_label("Your prediction").fill(text)
    page.get_by_role("button", name=button).click()


def test_a_right_answer_uncovers(asked):
    page = asked(NUMBER, wanted="a whole number")
    assert covered(page) and "Your prediction: a whole number" in visible(page)
    say(page, "five")
    assert "Right." in visible(page) and not covered(page)
    page.reload()
    assert page.get_by_label("Your prediction").input_value() == "five"
    assert not covered(page)


def test_a_known_mistake_is_named_and_the_answer_stays_covered(asked):
    page = asked(NUMBER)
    say(page, "7 x 7")
    assert "Not yet. That is the picture's size." in visible(page)
    say(page, "6")
    assert "Try again" in visible(page) and covered(page)
    page.get_by_role("button", name="Hint").click()
    page.get_by_role("button", name="Hint").click()
    assert "With your fingers." in visible(page)


def test_too_few_numbers_are_counted(asked):
    page = asked(item("list", "[1, 2, 3]"))
    say(page, "1, 2")
    assert "Not yet. 3 numbers are asked for, not 2." in visible(page)


def test_what_cannot_be_read_is_a_sentence(asked):
    page = asked(NUMBER)
    say(page, "many")
    assert "Write a number, such as 12." in visible(page) and covered(page)


def test_a_mistake_leads_to_the_notebook_that_treats_it(asked):
    elsewhere = item("number", "5", wrong=[("4", "pooling-learns", "A rule learns.")])
    page = asked(elsewhere)
    say(page, "4")
    link = page.get_by_role("link", name="04")
    assert link.get_attribute("href").startswith("04_pooling.html")


def test_uncovered_without_an_answer_and_forgotten(asked):
    page = asked(NUMBER)
    page.get_by_role("button", name="Uncover without answering").click()
    assert not covered(page)
    page.get_by_role("button", name="Forget my answers").click()
    page.reload()
    assert covered(page)


def test_one_of_several_options(asked):
    options = ("one", "three")
    mistake = ("three", "channels-apart", "Each has a map.")
    page = asked(item("choice", "'one'", options=options, wrong=[mistake]))
    page.get_by_role("button", name="Check").click()
    assert "Choose an answer first." in visible(page)
    page.get_by_label("three").check()
    page.get_by_role("button", name="Check").click()
    assert "Each has a map." in visible(page) and covered(page)
    page.get_by_label("one").check()
    page.get_by_role("button", name="Check").click()
    assert not covered(page)


def test_several_options(asked):
    page = asked(item("choices", "{'a', 'c'}", options=("a", "b", "c")))
    page.get_by_label("a", exact=True).check()
    page.get_by_role("button", name="Check").click()
    assert "Not yet." in visible(page) and covered(page)
    page.get_by_label("c", exact=True).check()
    page.get_by_role("button", name="Check").click()
    assert not covered(page)


def test_the_order_of_lines(asked):
    page = asked(item("order", "", lines=("b = 1", "a = b"), proof="assert a == 1"))
    page.get_by_role("textbox").fill("BA")
    page.get_by_role("button", name="Check").click()
    assert covered(page)
    page.get_by_role("textbox").fill("AB")
    page.get_by_role("button", name="Check").click()
    assert not covered(page)


def test_the_form_is_open_to_all(asked):
    options = item("choice", "'one'", options=("one", "three"))
    for page in (asked(NUMBER), asked(options)):
        found = Axe().run(page, options=browsers.AXE).response["violations"]
        assert not [v["id"] for v in found if v["impact"] in ("serious", "critical")]


def test_the_source_of_the_page_does_not_shout_the_answer(asked):
    page = asked(item("choice", "'one'", options=("one", "three")))
    assert "Each has" not in page.content() and '"right"' not in page.content()


@pytest.fixture
def small(tmp_path):
    """A notebook with a prediction, an answer and what follows it."""
    text = new_output("stream", name="stdout", text="3\n")
    cells = [
        new_markdown_cell("# 2. A\n\n> **Predict.** How many?"),
        new_code_cell('prediction = None  # a number\ncheck("02.1", prediction)'),
        new_code_cell("print(3)", outputs=[text], metadata={"alt": "a three"}),
        new_code_cell("plt.show()"),
        new_markdown_cell(
            "<details><summary>After you ran it</summary>\n\nSo 3.\n\n</details>"
        ),
        new_code_cell("print(4)"),
    ]
    for k, cell in enumerate(cells):
        cell.id = f"cell-{k}"
    nbformat.write(new_notebook(cells=cells), tmp_path / "02_small.ipynb")
    return notebooks.prepared(tmp_path / "02_small.ipynb").cells


def test_cells_up_to_the_next_text_are_covered(small):
    shown = [cell.source.partition(" data-question")[0] for cell in small]
    assert shown[1].startswith('<div id="p02-cell-1" class="prediction"')
    assert shown[2].startswith('<details class="covered" data-covers="p02-cell-1">')
    assert shown[3:6] == ["print(3)", "plt.show()", "</details>"]
    assert shown[6].startswith('<details data-covers="p02-cell-1"><summary>After')
    assert shown[7:] == ["print(4)"]
    assert small[3].metadata["mystnb"]["image"]["alt"] == "a three"


def test_a_page_says_where_to_run_it_once_there_is_an_address(monkeypatch):
    where = "https://github.com/who/course"
    monkeypatch.setattr(notebooks.readme, "address", lambda: where)
    for path in PAGES:
        sources = [cell.source for cell in notebooks.prepared(path).cells]
        runs = notebooks.readme.run_it(path.name, where)
        assert sources[0].splitlines()[2] == runs
        (last,) = [s for s in sources if "## Exercises" in s]
        assert f"## Exercises\n\n{runs}" in last


def test_every_place_for_a_page_to_touch_is_in_its_notebook():
    for path in PAGES:
        ids = [cell.id for cell in nbformat.read(path, 4).cells]
        assert set(notebooks.LIVE.get(path.name[:2], {})) <= set(ids), path.name


def test_every_item_of_the_bank_can_be_asked():
    found = [each for each in bank.everything().values() if isinstance(each, bank.Item)]
    assert found and all(map(questions.encoded, found))


# the whole book, built once


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    from tools.book.__main__ import build

    out = tmp_path_factory.mktemp("book") / "html"
    build(out)
    return out


@needs_sphinx
def test_what_is_no_book_stays_where_it_is(tmp_path):
    from tools.book.__main__ import build

    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RuntimeError, match="something else than a book"):
        build(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


@needs_sphinx
def test_every_prediction_is_asked_and_every_answer_covered(book):
    for path in PAGES:
        cells = nbformat.read(path, 4).cells
        page = (book / f"{path.stem}.html").read_text(encoding="utf-8")
        asked = sum("checks.check(" in c.source and "= None" in c.source for c in cells)
        runs = len([1 for c, d in pairwise(cells) if begins(c, d)])
        assert page.count('class="prediction"') == asked > 0, path.name
        assert page.count('class="covered"') == runs > 0, path.name
    assert not (book / "sessions.html").exists()  # it tells every answer


def begins(cell, following):
    """Tell whether an answer's code begins behind a cell."""
    asks = cell.source.startswith("prediction = None")
    return asks and following.cell_type == "code"


class Page(HTMLParser):
    """What a page is made of: ids, links, pictures with their descriptions."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loaded, self.alts = set(), [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.ids.add(told.get("id"))
        if tag == "a":
            self.links.append(told.get("href", ""))
        elif tag in ("script", "img", "iframe", "link") and told.get("rel") != "search":
            self.loaded.append(told.get("src") or told.get("href") or "")
        if tag == "img":
            self.alts.append(told.get("alt", ""))


@pytest.fixture(scope="module")
def pages(book):
    return {path.name: Page(path) for path in book.glob("*.html")}


@needs_sphinx
def test_links_lead_somewhere_and_nothing_is_loaded_from_outside(book, pages):
    assert {path.stem + ".html" for path in PAGES} < set(pages)
    for name, page in pages.items():
        for link in filter(None, page.links):
            if not re.match(r"\w+:", link):
                there, _, anchor = unquote(link).partition("#")
                assert (book / there).exists(), (name, link)
                ids = pages[there or name].ids if there in ("", *pages) else {anchor}
                assert not anchor or anchor in ids, (name, link)
        for address in filter(None, page.loaded):
            at = address.partition("?")[0].partition("#")[0]
            assert not at or (book / at).is_file(), (name, address)


@needs_sphinx
def test_mistakes_lead_to_sections_that_are_there(pages):
    for label in bank.labels():
        found = questions.look(label, "00")
        name, _, anchor = found.get("look", "").partition("#")
        assert not name or not anchor or anchor in pages[name].ids, label


@needs_sphinx
def test_a_figure_has_the_description_of_its_cell(pages):
    for path in PAGES:
        cells = nbformat.read(path, 4).cells
        alts = [c.metadata["alt"] for c in cells if "alt" in c.metadata]
        plain = [re.sub(r"\s+", " ", alt) for alt in pages[path.stem + ".html"].alts]
        assert alts and not [alt for alt in alts if alt not in plain], path.name


@needs_sphinx
def test_it_is_light_and_carries_no_source_with_the_answers(book):
    size = sum(path.stat().st_size for path in book.rglob("*") if path.is_file())
    assert size < 60e6 and not list(book.rglob("*.ipynb*"))


@needs_sphinx
def test_every_page_opens_on_a_phone_from_a_file(book, open_file):  # noqa: F811
    first, *others = sorted(book.glob("*.html"))
    page = open_file(first, viewport=PHONE)
    for path in (first, *others):
        if path in others:
            page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path.name
        assert page.locator("details[data-covers]:visible").count() == 0


@needs_sphinx
def test_arrow_keys_scroll_a_long_line_and_turn_pages_elsewhere(book, open_file):  # noqa: F811
    path = next(p for p in sorted(book.glob("*.html")) if p.stem.startswith("08_"))
    page = open_file(path, viewport=PHONE)
    page.locator("pre[tabindex]:visible").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.activeElement.scrollLeft > 0")
    assert page.url == path.as_uri()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/09_training.html")


@needs_sphinx
def test_answers_can_be_forgotten_where_they_were_given(book, open_file):  # noqa: F811
    """Firefox keeps what a page from a file stores by that file."""
    path = next(p for p in sorted(book.glob("*.html")) if p.stem.startswith("08_"))
    page = open_file(path)
    page.get_by_role("button", name="Uncover without answering").first.click()
    page.get_by_role("button", name="Forget my answers").click()
    page.get_by_text("Forgotten").wait_for()
    assert not page.evaluate("Object.keys(localStorage).length")


def test_no_script_needs_a_newer_browser_than_safari_15():
    """A lookbehind is an error there, and then nothing of its file runs."""
    root = sources.NOTEBOOKS.parent
    scripts = [*root.glob("helpers/explorer/*.js"), *root.glob("app/page/*.js")]
    scripts += [*STATIC.glob("*.js"), *root.glob("tools/questions/*.js")]
    assert len(scripts) > 10
    for path in scripts:
        assert "(?<" not in path.read_text(encoding="utf-8"), path.name


@needs_sphinx
def test_a_search_finds_from_a_file(book, open_file):  # noqa: F811
    page = open_file(book / "index.html")
    page.get_by_placeholder("Search").fill("translation equivariance")
    page.get_by_placeholder("Search").press("Enter")
    found = page.locator("#search-results li a", has_text="Slide a kernel")
    found.first.wait_for()


@needs_sphinx
def test_on_paper_the_folds_are_open(book, open_file):  # noqa: F811
    page = open_file(book / "02_convolution.html")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


@needs_sphinx
@pytest.mark.chromium_alone
def test_on_paper_no_box_keeps_a_page_from_ending(book, open_file):  # noqa: F811
    page = open_file(
        book / "02_convolution.html", viewport={"width": 718, "height": 1047}
    )
    page.emulate_media(media="print")
    around = page.locator("article").evaluate(
        "(one) => { const all = []; for (; one; one = one.parentElement)"
        " all.push(getComputedStyle(one).display); return all; }"
    )
    assert set(around) == {"block"}  # WebKit cuts through what lies in a flex box
    assert page.evaluate("document.documentElement.scrollWidth") <= 718


@needs_sphinx
@pytest.mark.parametrize(
    "scheme, names",
    [
        ("light", ["index", "02_convolution"]),
        pytest.param(
            *("dark", ["04_pooling", "genindex"]), marks=pytest.mark.chromium_alone
        ),
    ],
)
def test_no_serious_fault_of_access(book, browser, scheme, names):  # noqa: F811
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *told):
            pass

    handler = functools.partial(Quiet, directory=book)
    # from a file axe-core cannot speak to the frames
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in names:
            page = browser.new_page(viewport=PHONE, color_scheme=scheme)
            page.goto(f"http://127.0.0.1:{server.server_port}/{name}.html")
            found = Axe().run(page, options=browsers.AXE).response["violations"]
            faults = [v for v in found if v["impact"] in ("serious", "critical")]
            assert not faults, name
            page.close()
        server.shutdown()


@needs_sphinx
def test_a_book_that_a_kill_left_ready_is_put_in_its_place(tmp_path):
    from tools.book.__main__ import beside, finish

    out = tmp_path / "html"
    for place, said in ((beside(out, "old"), "old"), (beside(out, "ready"), "new")):
        place.mkdir()  # a kill came between the two renames
        (place / "index.html").write_text(said)
    finish(out)
    assert (out / "index.html").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["html"]
