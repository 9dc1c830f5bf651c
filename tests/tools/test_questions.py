"""The bank on paper and for learning platforms, read back by parsers of others."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe

from helpers.checks import answers, bank
from tests import browsers
from tests.explorer.conftest import browser, open_file  # noqa: F401
from tests.tools import gift
from tools import questions
from tools.questions import __main__ as program
from tools.questions import formats, sheets

ITEMS = program.chosen([])
each_item = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)


@each_item
def test_the_options_hold_one_right_answer_or_several(item):
    for form in "ABC":
        found = questions.options(item, form)
        right = [option for option in found if option.right]
        assert len(right) == (len(item.right(form)) if item.kind == "choices" else 1)
        assert len({option.text for option in found}) == len(found) >= 2
        assert all(option.says for option in found if not option.right) or (
            item.kind in ("choice", "choices")
        )


@each_item
def test_the_right_option_is_not_the_only_one_that_is_an_interval(item):
    if item.kind in ("number", "list"):
        for form in "ABC":
            found = questions.options(item, form)
            assert [o.right for o in found if " to " in o.text] != [True], form


def test_moodle_reads_fractions_tolerances_and_feedback():
    quiz = ElementTree.fromstring(formats.moodle(ITEMS))
    quiz = [one for one in quiz if one.get("type") != "category"]
    assert [q.findtext("name/text") for q in quiz] == [item.id for item in ITEMS]
    for question, item in zip(quiz, ITEMS, strict=True):
        shares = [float(a.get("fraction")) for a in question.iter("answer")]
        assert sum(share for share in shares if share > 0) == pytest.approx(
            100, abs=0.01
        )
        assert question.findtext("questiontext/text").startswith(
            item.text()[:20].strip()
        )
        if question.get("type") == "numerical":
            best = question.find("answer")
            middle, reach = formats.spread(item, item.right())
            assert float(best.findtext("text")) == pytest.approx(middle)
            assert float(best.findtext("tolerance")) == pytest.approx(reach)


SIGNS = bank.Item(
    "00.2",
    "exam",
    "choice",
    r"Is \n ~ a sign, # {{x}} = y: and \\ too?",
    "options[0]",
    options=(r"= \yes", "5 % ~ {no}"),
)


def test_gift_reads_back_as_what_was_asked():
    items = [*ITEMS, SIGNS]
    read = gift.read(formats.gift(items))
    assert [question.title for question in read] == [item.id for item in items]
    for question, item in zip(read, items, strict=True):
        plain = formats.untagged(formats.asked(item)).strip()
        assert (question.format, question.text) == ("markdown", plain)
        if item.kind == "number":
            spread = formats.spread(item, item.right())
            assert (question.number, question.reach) == pytest.approx(spread)
            continue
        found = questions.options(item)
        said = [(one.text, one.feedback) for one in question.answers]
        assert said == [
            (formats.untagged(o.text), formats.untagged(" ".join(o.says.split())))
            for o in found
        ]
        right = sum(option.right for option in found)
        least = -1 / (len(found) - right) if item.kind == "choices" else 0
        shares = [1 / right if option.right else least for option in found]
        assert [one.fraction for one in question.answers] == pytest.approx(shares, 1e-5)


@pytest.mark.parametrize(
    "text", ["::a::[markdown]b {c", "::a::[markdown]b {c}}", "b", "::a::[x]b {c =d}"]
)
def test_what_is_no_gift_is_refused(text):
    with pytest.raises(ValueError, match="no question|no answer"):
        gift.read(text)


def asked_in_moodle(item) -> ElementTree.Element:
    category, question = ElementTree.fromstring(formats.moodle([item]))
    where = f"$course$/top/CNN course/{item.id[:2]} {item.use}"
    assert category.findtext("category/text") == where
    return question


def test_moodle_keeps_the_lines_of_a_program_in_their_order():
    for item in ITEMS:
        if item.kind in ("choice", "choices"):
            mixed = asked_in_moodle(item).findtext("shuffleanswers")
            assert mixed == ("false" if item.use == "task" else "true"), item.id
    (program,) = [item for item in ITEMS if item.id == "08.13"]
    assert [o.text for o in questions.options(program)] == [*program.options]
    assert questions.four(program) == questions.options(program)


def test_a_percentage_is_asked_for_by_name():
    for item in ITEMS:
        question = asked_in_moodle(item)
        percent = item.kind == "number" and item.unit == "%"
        text = question.findtext("questiontext/text")
        assert text.endswith("(In percent.)") == percent, item.id
        units = [one.findtext("unit_name") for one in question.iter("unit")]
        assert units == ["%"] * percent


def test_that_one_alone_is_right_is_not_told():
    kinds = {item.id: asked_in_moodle(item).findtext("single") for item in ITEMS}
    for item in ITEMS:
        if item.kind == "choices":
            assert kinds[item.id] == "false"
            assert f"::{item.id}::" in formats.gift([item])
            assert "\n=" not in formats.gift([item])
            assert item.id not in sheets.votes([item]).partition("<script>")[0]
    assert kinds["20.x6"] == "false"


def test_code_among_the_options_is_shown_as_code():
    (item,) = [item for item in ITEMS if item.id == "15.6"]
    formats_ = {a.get("format") for a in asked_in_moodle(item).iter("answer")}
    assert ("markdown" in formats_) == any("`" in o for o in item.options)


def test_what_leans_on_a_notebook_is_not_asked_elsewhere():
    every = bank.everything()
    leaning = {key for key, one in every.items() if getattr(one, "leans", False)}
    assert leaning == {"13.10", "18.10"} and not {item.id for item in ITEMS} & leaning


@each_item
def test_a_letter_means_the_same_on_the_wall_and_in_the_notebook(item):
    if item.use in ("prediction", "task") and item.kind == "choice":
        for letter, option in zip(bank.LETTERS, questions.options(item), strict=False):
            assert answers.parse(item, letter) == option.text


def test_no_number_has_an_exponent():
    assert not re.search(r"[{#:]-?[\d.]+e[-+]?\d", formats.gift(ITEMS))
    assert not re.search(r">-?[\d.]+e[-+]?\d", formats.moodle(ITEMS).decode())
    shown = [o.text for item in ITEMS for o in questions.options(item)]
    bad = re.compile(r"^-?[\d.]+e[-+]?\d|(?<![\d.])-0(?![\d.])")
    assert not [text for text in shown if bad.search(text)]


class Visible(HTMLParser):
    """Collect the text of a page, and what it asks the network for."""

    def __init__(self, page):
        super().__init__()
        self.words, self.asks, self.closed = [], [], 0
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.closed += tag == "details"
        self.asks += [v for k, v in attributes if k in ("src", "href")]
        assert tag not in ("script", "iframe", "img")

    def handle_endtag(self, tag):
        self.closed -= tag == "details"

    def handle_data(self, data):
        if not self.closed:
            self.words.append(data)


def test_two_forms_ask_the_same_with_other_numbers():
    both = [item for item in ITEMS if item.values_b]
    first, second = (Visible(sheets.sheet(both, form)) for form in questions.FORMS)
    assert first.words != second.words and not first.asks + second.asks
    plain = [re.sub(r"[\d.,]+", "#", "".join(one.words)) for one in (first, second)]
    before = plain[1].replace("C (after)", "B (before)")
    assert plain[0][:300] == before[:300]
    for item in both:
        asked = [(item.text(form), repr(item.right(form))) for form in questions.FORMS]
        assert len({*asked}) == 2


def test_the_key_tells_and_the_sheet_does_not():
    sheet, key = sheets.sheet(ITEMS, "B"), sheets.key(ITEMS, "B")
    assert key.count("class=right") >= len(ITEMS) and "class=right" not in sheet
    said = [option.says for item in ITEMS for option in questions.options(item, "B")]
    assert not [words for words in said if words and words in sheet]


def test_a_vote_has_at_most_four_options_and_hides_the_answer():
    page = sheets.votes(ITEMS)
    tasks = {item.id for item in ITEMS if item.use == "task" and item.kind == "choice"}
    for part in page.split('<section class="vote"')[1:]:
        most = 8 if re.search(r'id="(.+?)"', part)[1] in tasks else 4
        assert 2 <= part.partition("</ol>")[0].count("<li>") <= most
        options, _, told = part.partition("</ol>")
        texts = re.findall(r"<li><p>(.*?)</p>", options)
        letters = re.findall(r"<li><p>(.): ", told)
        assert len(letters) == len({*letters}) < len(texts)
        right = re.search(r"Right: (.)<", told)[1]
        assert right not in letters and right.isdigit() == ("options digits" in options)
    shown = "".join(Visible(page.partition("<script>")[0]).words)
    assert "let neighbours discuss" in page and "let neighbours discuss" not in shown


# of each vote the size of its text, closed and opened; 0 where it does not fit
SIZES = """() => votes.map((vote, place) => {
  show(place);
  const room = document.querySelector("nav").getBoundingClientRect().top;
  return [false, true].map((open) => {
    vote.querySelector("details").open = open;
    fit();
    const end = vote.getBoundingClientRect().top + vote.scrollHeight;
    return end > room ? 0 : parseFloat(vote.style.fontSize);
  });
})"""


COUNTED = """() => {
  window.asked = 0;
  const replace = history.replaceState.bind(history);
  history.replaceState = (...all) => (window.asked++, replace(...all));
}"""


def test_each_vote_fits_a_screen_by_button_and_by_key(open_file, tmp_path):  # noqa: F811
    path = tmp_path / "votes.html"
    path.write_text(sheets.votes(ITEMS), encoding="utf-8")
    page = open_file(path, viewport={"width": 1280, "height": 720}, has_touch=True)
    shown = page.locator(".vote:visible")
    named = page.evaluate("votes.map((vote) => vote.id)")
    assert len(named) > 200
    assert all(bank.find(name).use != "exam" for name in named)
    assert not Axe().run(page, options=browsers.AXE).response["violations"]
    for name, sizes in zip(named, page.evaluate(SIZES), strict=True):
        assert sizes[0] >= 24 and sizes[1] >= 18, name
    page.evaluate("show(0)")
    page.keyboard.press("ArrowRight")
    assert shown.get_attribute("id") == named[1]
    button = page.get_by_role("button", name="Next")
    button.tap() if browsers.CHOSEN == "chromium" else button.click()
    button.click()
    assert shown.get_attribute("id") == named[3] and shown.count() == 1
    page.get_by_role("button", name="Previous").click()
    page.keyboard.press("ArrowLeft")
    assert shown.get_attribute("id") == named[1]
    page.wait_for_url(f"**#{named[1]}")
    page.reload()
    assert shown.get_attribute("id") == named[1]


HELD = """for (let k = 0; k < 120; k++)
  dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));"""


def test_a_held_key_asks_the_browser_for_one_address(open_file, tmp_path):  # noqa: F811
    path = tmp_path / "votes.html"
    path.write_text(sheets.votes(ITEMS), encoding="utf-8")
    page = open_file(path, viewport={"width": 390, "height": 844})
    page.wait_for_url(f"**#{ITEMS[0].id}")
    page.evaluate(COUNTED)
    page.evaluate(HELD)
    wanted = page.evaluate("votes[120].id")
    page.wait_for_url(f"**#{wanted}")
    assert page.locator(".vote:visible").get_attribute("id") == wanted
    # WebKit refuses more than 100 in 10 seconds, by an error
    assert page.evaluate("asked") == 1
    wide = page.evaluate(
        "votes.map((vote, k) => (show(k), document.documentElement.scrollWidth))"
    )
    assert max(wide) <= 390


def test_markup_in_a_question_is_text():
    nasty = bank.Item(
        "00.1",
        "exam",
        "choice",
        "Is <b onclick=x>this</b> ~ = {safe}?",
        "options[0]",
        options=("yes <script>", "no"),
    )
    page = sheets.sheet([nasty], "B")
    assert "<script>" not in page and "<b onclick" not in page
    ElementTree.fromstring(formats.moodle([nasty]))
    assert r"\~ \= \{safe\}?" in formats.gift([nasty])
    for text in (formats.moodle([nasty]).decode(), formats.gift([nasty])):
        assert "&amp;lt;b onclick" in text or "&lt;b onclick" in text
        assert "<b" not in text and "<script>" not in text


@pytest.mark.parametrize(
    "text, plain",
    [
        ("is x < 3, `a<b`?", "is x < 3, `a<b`?"),
        (
            "<img src=x onerror=y> and </p><!--",
            "&lt;img src=x onerror=y> and &lt;/p>&lt;!--",
        ),
        ("which?\n\n    if a<b:", "which?\n\n    if a<b:"),
    ],
)
def test_a_tag_is_none_and_code_stays(text, plain):
    assert formats.untagged(text) == plain


def test_files_are_written_and_unknown_notebooks_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(program, "TARGET", tmp_path / "build" / "questions")
    program.main(["02"])
    names = sorted(path.name for path in (program.TARGET / "02").iterdir())
    assert names == sorted(
        ["moodle.xml", "questions.gift", "votes.html"]
        + [f"form_{form}{end}.html" for form in "BC" for end in ("", "_key")]
    )
    kept = (program.TARGET / "02" / "form_B.html").read_bytes()
    assert b"<h1>Questions on notebook 2, form B (before)</h1>" in kept
    program.main(["03", "02"])
    program.main([])
    assert (program.TARGET / "02" / "form_B.html").read_bytes() == kept
    pages = {p.name: p / "form_C.html" for p in program.TARGET.iterdir()}
    assert pages.keys() == {"02", "02_03", "all"}
    assert "on notebooks 2, 3, form C (after)" in pages["02_03"].read_text("utf-8")
    assert "on notebooks 1 to 21, form C" in pages["all"].read_text("utf-8")
    with pytest.raises(SystemExit, match="no questions for 77; there are: 01"):
        program.main(["77"])
