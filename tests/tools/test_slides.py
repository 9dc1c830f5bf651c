"""Slides that a room can read: offline, in a real browser, at a projector's size."""

import base64
import functools
import html
import importlib.util
import io
import os
import re

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from helpers.checks import bank
from helpers.plots.style import DPI, SMALL
from tests import browsers
from tests.explorer.conftest import browser, open_file  # noqa: F401
from tests.tools.test_book import NUMBER, item

needs_reveal = pytest.mark.skipif(
    importlib.util.find_spec("sphinx_revealjs") is None
    and not os.environ.get("REQUIRE_BROWSER"),
    reason="sphinx-revealjs, which ships reveal.js, is not installed: make slides",
)
if importlib.util.find_spec("markdown_it") is None:
    pytest.skip("markdown-it-py is not installed: make slides", allow_module_level=True)

from tools.book import sources  # noqa: E402
from tools.slides import deck, notes, shown  # noqa: E402

WALL = {"width": 1280, "height": 720}
# text below 24 px, and what does not fit on the slide that is shown
FAULTS = """() => {
  const slide = document.querySelector("section.present");
  const faults = [];
  for (const one of slide.querySelectorAll("*")) {
    if (one.closest("aside") || !one.getClientRects().length) continue;
    const own = [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const size = parseFloat(getComputedStyle(one).fontSize) * Reveal.getScale();
    if (own && size < 24) faults.push(`${size} px: ${one.textContent.slice(0, 40)}`);
    const { bottom, right } = one.getBoundingClientRect();
    if (bottom > 705 || right > 1280) faults.push(`outside: ${one.tagName}`);
    if (one.tagName === "PRE" && one.scrollHeight > one.clientHeight + 1) {
      faults.push(`cut: ${one.textContent.slice(0, 40)}`);
    }
  }
  return faults;
}"""

# by how much the figures of the slide that is shown are enlarged
GROWN = """async () => {
  const figures = [...document.querySelectorAll("section.present .shows img")];
  await Promise.all(figures.map((one) => one.decode()));
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
  return figures.map((one) => Math.min(
    one.clientWidth / one.naturalWidth, one.clientHeight / one.naturalHeight));
}"""
# of a toy on a slide, shown half as large again: what is cut, and text below 24 px
CUT = """(body) => {
  const { scrollHeight, scrollWidth } = document.documentElement;
  const small = [...body.querySelectorAll("td, button, label, p")].filter(
    (one) => one.textContent && parseFloat(getComputedStyle(one).fontSize) < 16);
  const faults = small.map((one) => one.textContent);
  if (scrollHeight > innerHeight) faults.push(`${scrollHeight} in ${innerHeight}`);
  if (scrollWidth > innerWidth) faults.push(`${scrollWidth} in ${innerWidth} wide`);
  return faults;
}"""
# axe-core judges no contrast where something else lies behind or over the text
# nor can it speak to frames from a file
QUIETLY = browsers.AXE | {"iframes": False}
APART = ".backgrounds, .controls, .progress, .slide-number { display: none !important }"
# words that point out of a slide; a number may lie above another
POINTING = re.compile(
    r"(?<!\d )(?<!far )(?<!points )\b(above|below|beneath|scroll|this cell"
    r"|(next|last) cell)\b(?! (\d|one\b|a threshold|the number with))"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from tools.slides.__main__ import write

    place = tmp_path_factory.mktemp("slides")
    write(list(deck.chosen()), place)
    return place


page_of = functools.cache(deck.page)


def slides(name):
    return re.findall(r"<section.*?</section>", page_of(name), re.DOTALL)


@pytest.mark.parametrize("name", deck.chosen())
def test_a_slide_speaks_of_nothing_that_it_does_not_show(name):
    for slide in slides(name):
        shown = re.sub(r"<aside.*?</aside>|<[^>]+>", "", slide, flags=re.DOTALL)
        assert not POINTING.search(shown), shown


def test_a_number_above_another_points_nowhere():
    for pointing in ("see above.", "The line below the dots", "above, 3 of them"):
        assert POINTING.search(pointing)
    for plain in ("above 0.001", "above 97 %", "1.2 points above it", "below one,"):
        assert not POINTING.search(plain)


@pytest.mark.parametrize("one", notes.plan()["session"])
def test_the_slides_pause_where_the_plan_begins_another_session(one):
    name, begins = one["notebook"], one.get("begins", "")
    assert bool(begins) == ("second" in one.get("part", ""))
    headings = [line for c in deck.read(name) for line in c.source.splitlines()]
    assert not begins or f"## {begins}" in headings
    if begins and name in deck.chosen():
        told = slides(name)
        [k] = [k for k, slide in enumerate(told) if 'class="pause"' in slide]
        assert begins in told[k] and one["students"][:20] in told[k]
        assert f"<h2>{begins}</h2>" in told[k + 1]


def test_every_notebook_has_25_slides_at_most():
    chosen = deck.chosen()
    notebooks = sorted(path.name[:2] for path in sources.NOTEBOOKS.glob("*_*.ipynb"))
    assert list(chosen) == notebooks
    for name in chosen:
        assert 5 <= page_of(name).count("<section") <= 25


@pytest.mark.parametrize("name", deck.chosen())
def test_a_question_and_its_answer_are_two_slides(name):
    cells = deck.read(name)
    asking = {cell.id for cell in cells if deck.asks(cell)}
    chosen = deck.chosen()[name]
    assert sum(bool(asking & set(slide)) for slide in chosen) >= 3
    for slide, following in zip(chosen, chosen[1:], strict=False):
        if asking & set(slide):
            assert slide[-1] in asking and not asking & set(following)


@pytest.mark.parametrize("name", deck.chosen())
def test_the_votes_of_the_plan_are_on_slides(name):
    shown = [it for slide in deck.chosen()[name] for it in slide]
    cells = [it for it in deck.read(name) if it.id in shown and deck.asks(it)]
    asked = {notes.item(cell.source).id for cell in cells}
    votes = {vote for _, one in notes.sessions(name) for vote in one["votes"]}
    assert {vote for vote in votes if vote.startswith(name)} <= asked


@needs_reveal
@pytest.mark.parametrize("name", deck.chosen())
def test_a_room_can_read_every_slide(folder, open_file, name):  # noqa: F811
    page = open_file(folder / f"{name}.html", viewport=WALL)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.add_style_tag(content=APART)
    for k in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(f"Reveal.slide({k})")
        assert not page.evaluate(FAULTS), f"slide {k + 1}"
        for toy in page.locator("section.present iframe").all():
            toy.content_frame.get_by_role("main").locator("*").first.wait_for()
            assert not toy.content_frame.locator("body").evaluate(CUT), f"slide {k + 1}"
        for grown in page.evaluate(GROWN):  # text in figures
            assert SMALL * DPI / 72 * grown >= 14.5, f"slide {k + 1}"
        if not k % 5:  # each slide would take a minute more
            found = Axe().run(page, options=QUIETLY).response["violations"]
            assert not [
                v["id"] for v in found if v["impact"] in ("serious", "critical")
            ]


@needs_reveal
def test_a_phone_shows_the_same_slide_smaller(folder, open_file):  # noqa: F811
    page = open_file(folder / "04.html", viewport={"width": 390, "height": 700})
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    assert page.locator(".scroll-page").count() == 0
    where = "() => Reveal.getCurrentSlide().getBoundingClientRect().width"
    assert 300 < page.evaluate(where) <= 390


# of each page of ?print-pdf, its figures in their places: what lies outside
PRINTED = """async () => {
  const figures = [...document.querySelectorAll(".pdf-page .shows img")];
  await Promise.all(figures.map((one) => one.decode()));
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
  return [...document.querySelectorAll(".pdf-page")].map((page) => {
    const room = page.getBoundingClientRect();
    const faults = room.height > 722 ? ["more than a page"] : [];
    for (const one of page.querySelectorAll("section *")) {
      if (one.closest("aside") || !one.getClientRects().length) continue;
      const { bottom, right } = one.getBoundingClientRect();
      if (bottom > room.bottom || right > room.right) faults.push(one.outerHTML);
    }
    return faults;
  });
}"""


@needs_reveal
@pytest.mark.parametrize("name", ["04", "07", "11", "14"])
def test_printed_as_pdf_each_slide_is_a_page(folder, open_file, name):  # noqa: F811
    page = open_file(folder / f"{name}.html", viewport=WALL)
    page.goto((folder / f"{name}.html").as_uri() + "?print-pdf")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.locator(".pdf-page").first.wait_for()
    faults = page.evaluate(PRINTED)
    assert len(faults) == len(slides(name)) and not any(faults), faults
    assert page.locator("iframe:not([src])").count() == 0


@pytest.mark.chromium_alone  # in Firefox Playwright shows no page as if printed
@needs_reveal
def test_printed_without_more_no_figure_is_cut(folder, open_file):  # noqa: F811
    page = open_file(folder / "04.html", viewport={"width": 718, "height": 1047})
    page.emulate_media(media="print")
    wide = "all => all.map((one) => one.getBoundingClientRect().right)"
    edges = page.locator(".shows img").evaluate_all(wide)
    assert len(edges) > 1 and max(edges) <= 718


@pytest.mark.chromium_alone  # in Firefox Playwright finds no button in a scaled frame
@needs_reveal
def test_a_toy_is_live_on_its_slide(folder, open_file):  # noqa: F811
    page = open_file(folder / "04.html", viewport=WALL)
    [k] = [k for k, slide in enumerate(slides("04")) if "live/pooling.html" in slide]
    page.evaluate(f"Reveal.slide({k})")
    toy = page.frame_locator("section.present iframe")
    toy.get_by_role("button", name="shift →").click()
    toy.get_by_text("Shifted by 1").wait_for()


def test_the_first_slide_carries_the_guide_and_the_plan(monkeypatch):
    assert "no number is lost, only neighbourhood" in notes.of_notebook("05")
    session = {"notebook": "05", "part": "and 06, first half", "cut": "PyTorch"}
    session |= {"present": "index and *origin*", "students": "exercises"}
    monkeypatch.setattr(notes, "plan", lambda: {"session": [session]})
    for name in ("05", "06"):
        said = notes.of_notebook(name)
        assert "Session 1 (and 06, first half). Present: index and origin" in said
        assert "Leave out if short of time: PyTorch" in said
    assert "Present" not in notes.of_notebook("07")


@pytest.mark.parametrize("name", deck.chosen())
def test_the_first_slide_names_whose_pictures_are_shown(name):
    table = (sources.NOTEBOOKS / "pictures" / "README.md").read_text(encoding="utf-8")
    artists = re.findall(r"^\| .+? \| (.+?), from", table, re.MULTILINE)
    makers = {"emoji": artists, "flower.jpg": ["vultilion, CC BY 2.0"]}
    makers["china.jpg"] = makers["sample_photo"] = ["danielbuechele, CC BY 2.0"]
    code = "".join(c.source for c in deck.read(name) if c.cell_type == "code")
    shown = re.findall(r"pictures/(\w+)|(\w+\.jpg)|(sample_photo)", code)
    expected = {maker for words in shown for maker in makers["".join(words)]}
    first = html.unescape(slides(name)[0])
    assert len(artists) == 3
    assert {m for told in makers.values() for m in told if m in first} == expected


def test_a_question_carries_how_to_vote_and_an_answer_the_reason():
    [question] = [it for it in slides("02") if "An image has 33 rows" in it]
    answer = slides("02")[slides("02").index(question) + 1]
    assert notes.DISCUSS[:40] in question and "<pre>" not in question
    assert "<p>B, 17: right</p>" in question and "<p>A, 16: " in question
    assert question.index("<p>A, 16") < question.index("<p>B, 17")
    assert "output_size(33, 3, strides=2" in answer  # the line that made the number
    assert "<pre>17</pre>" in answer and "rounded <em>up</em>" in answer


def test_a_room_votes_on_right_and_wrong_answers():
    assert notes.options(NUMBER) == ["5", "7"]
    assert shown.vote(NUMBER).count("<li>") == 2
    assert "<li><code>cnn</code> alone</li>" in shown.vote(bank.find("17.4"))
    shape = item("shape", "(3, 3)", wrong=[("(9,)", "slip", "")])
    assert notes.options(shape) == ["(3, 3)", "(9,)"]
    assert notes.options(item("number", "5")) == []
    many = [(n, "slip", "") for n in ("900", "4.588e5", "20", "0.25")]
    four = ["20", "350", "900", "458,800"]
    assert notes.options(item("number", "350", wrong=many)) == four
    assert notes.options(item("choice", "'no'", options=("yes", "no"))) == ["yes", "no"]


@pytest.mark.parametrize("name", [n for n in bank.everything() if "exercise" not in n])
def test_every_item_of_the_bank_can_be_put_to_a_vote(name):
    one = bank.find(name)
    options = notes.options(one)
    assert len(options) != 1 and all(map(str, options))
    told = notes.lettered(one)
    rights = [it for it in told if it.endswith(": right")]
    assert all(told) and len(rights) == (one.kind != "order")
    if options and rights:  # its letter, and that of no other
        assert rights[0][:3] in [f"{letter}, " for letter in bank.LETTERS]


def test_decisive_lines_are_what_makes_a_result():
    source = "import a\nx = [\n    1,\n]\nassert x\nplots.grid(x)\nprint(x)  # (1,)"
    assert shown.decisive(source) == "x = [\n    1,\n]\nprint(x)  # (1,)"
    for wrong in ("assert True", "\n".join(f"x{n} = {n}" for n in range(6))):
        with pytest.raises(ValueError, match="lines of code, where 1 to 5 fit"):
            shown.decisive(wrong)


def test_a_marked_cell_shows_its_code_above_what_it_prints():
    [grey] = [it for it in slides("01") if "by_hand = 0.299 * r" in it]
    assert grey.index("by_hand = ") < grey.index("<pre>41.081 41.081</pre>")
    assert "isclose" not in grey and "photo[60:160, 40:260]" in "".join(slides("01"))
    assert "np.maximum(feature_map, 0)" in "".join(slides("03"))


def test_a_reason_stands_behind_what_only_asserts():
    [covered] = [it for it in slides("11") if "occlusion  0.267" in it]
    assert (
        "<p>About as much: no difference was shown." in covered
        and "passes test 1" in covered
    )
    cells = [nbformat.v4.new_code_cell(it) for it in ("print(1)", "assert x", "f()")]
    cells += [nbformat.v4.new_markdown_cell("Why.")]
    assert notes.following(cells, 1) == [] == notes.following(cells, 0)
    assert notes.following(cells[:2] + cells[3:], 0) == cells[3:]
    cells[1].outputs = [nbformat.v4.new_output("stream", text="1")]
    assert notes.following(cells[:2] + cells[3:], 0) == []


def test_a_text_is_not_cut_where_it_announces_something():
    assert shown.first_sentences("One. Both add up: *a*. Two.", 3) == "One."
    assert (
        shown.first_sentences("Both add up: *a + b*. Two.", 3)
        == "Both add up: *a + b*."
    )
    assert shown.first_sentences("One. (Two of them.)", 2) == "One."
    assert "<p>1.9, then 1.805" in shown.text("1.9, then 1.805.\n\nNext.")
    assert shown.text("1. A point.\n\nA text.") == "<div><p>A text.</p></div>"
    folded = "<details><summary>a</summary>\n\nWhy.\n\n</details>\n\n- a point\n"
    assert shown.text(shown.told_after(folded)) == "<div><p>Why.</p></div>"


def test_a_text_brings_its_formula():
    assert "<math" in shown.text("The loss is $L = z_c$.")
    assert "<code>$x$</code>" in shown.text("In `$x$` nothing is a formula.")
    [sized] = [it for it in slides("02") if "(size - window) // stride + 1" in it]
    assert "As a formula" in sized and "5, 3 and 2." in sized


def test_a_slides_text_stands_under_its_own_heading():
    [cropped] = [it for it in slides("01") if "<div><p>A slice of rows" in it]
    assert "<h2>Crop and pick</h2>" in cropped and "red pillar</p></div>" not in cropped
    [promised] = [
        it for it in slides("06") if "<div><p>A softmax score is not a promise" in it
    ]
    assert "<h2>From scores to probabilities</h2>" in promised


def trimmed(picture):
    """Return a picture as it comes out of `shown.trimmed`."""
    held = io.BytesIO()
    picture.save(held, "png")
    cut = shown.trimmed(base64.b64encode(held.getvalue()).decode())
    return Image.open(io.BytesIO(base64.b64decode(cut)))


def test_figures_lose_their_white_margins():
    picture = Image.new("RGB", (60, 40), "white")
    picture.paste("black", (10, 10, 20, 20))
    assert trimmed(picture).size == (14, 14)
    picture.paste("red", (0, 0, 60, 40))  # up to the edge: no black frame comes in
    assert trimmed(picture).size == (60, 40)
    assert trimmed(picture).getcolors() == [(2400, (255, 0, 0))]


def test_a_cell_that_is_gone_is_named(monkeypatch):
    monkeypatch.setattr(deck, "chosen", lambda: {"02": [["cell-00"], ["cell-999"]]})
    with pytest.raises(ValueError, match="notebook 02 has no cell cell-999"):
        deck.page("02")


@needs_reveal
def test_a_notebook_without_slides_is_named(monkeypatch):
    from tools.slides.__main__ import main

    monkeypatch.setattr("sys.argv", ["slides", "99"])
    with pytest.raises(SystemExit, match="No slides for 99; there are: 01, 02"):
        main()
