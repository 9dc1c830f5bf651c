"""Markup where names and questions are expected: every page shows it as text."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from app import network
from helpers.checks import bank
from helpers.explorer import document
from tests.explorer.conftest import browser  # noqa: F401
from tools.book import notebooks
from tools.book.questions import encoded
from tools.questions import formats, sheets
from tools.slides import deck, notes

MARKS = (
    "<script>window.ran = 1</script>",
    "</script><script>window.ran = 1</script>",
    "<img src=x onerror='window.ran = 1'>",
    "<svg onload=window.ran=1>",
    '" onmouseover="window.ran=1" x="',
)
ITEM = bank.Item(
    "00.1",
    "exam",
    "choice",
    " ".join(MARKS),
    "options[0]",
    options=MARKS,
    hints=MARKS,
)


def runs_nothing(browser, text: str, folder) -> str:  # noqa: F811
    """Open a page, see that no mark ran, and return the text that it shows."""
    (folder / "page.html").write_text(text, encoding="utf-8")
    page = browser.new_page()
    page.goto((folder / "page.html").as_uri())
    for hidden in page.locator("[onmouseover], summary").all():
        hidden.hover(force=True)
    page.wait_for_timeout(100)
    assert page.evaluate("() => typeof ran") == "undefined"
    assert not page.locator("img[onerror], svg[onload], [onmouseover]").count()
    return page.text_content("body")


@pytest.mark.parametrize("make", ["sheet", "key", "votes"])
def test_questions_on_paper(make, browser, tmp_path):  # noqa: F811
    vote = replace(ITEM, use="prediction")  # an exam's question is none
    given = ([vote],) if make == "votes" else ([ITEM], "B")
    shown = runs_nothing(browser, getattr(sheets, make)(*given), tmp_path)
    assert all(mark in shown for mark in MARKS)


def test_questions_for_a_learning_platform():
    """Moodle does not clean a question's text: its author is trusted."""
    tag = re.compile(r"<(script|img|svg)")
    assert not tag.search(formats.gift([ITEM]))
    quiz = ElementTree.fromstring(formats.moodle([ITEM]))
    for said in quiz.iter():
        if said.get("format") == "markdown":
            assert not tag.search(said.findtext("text"))


def test_slides(browser, tmp_path, monkeypatch):  # noqa: F811
    title = f"# 1. {MARKS[2]}"
    printed = new_output("stream", name="stdout", text="\n".join(MARKS))
    cells = [
        new_markdown_cell(f"{title}\n\n**You will** {MARKS[0]}", id="a"),
        new_markdown_cell(f"## {MARKS[3]}\n\n{MARKS[1]} [x](javascript:ran=1)", id="b"),
        new_code_cell("x = 1", id="c", outputs=[printed], metadata={"alt": MARKS[4]}),
        new_code_cell("\n".join(MARKS), id="d"),
        new_markdown_cell("end", id="e"),
    ]
    monkeypatch.setattr(deck, "read", lambda name: cells)
    slides = [["a"], ["b"], ["c"], ["d"]]
    monkeypatch.setattr(deck, "told", lambda: {"99": slides})
    monkeypatch.setattr(notes, "of_notebook", lambda name: "")
    text = deck.page("99")
    body = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert "<svg onload" not in body and "<img src=x" not in body
    runs_nothing(
        browser, re.search(r"<section.*</section>", text, re.DOTALL)[0], tmp_path
    )


def test_the_book():
    told = encoded(ITEM)
    assert re.fullmatch(r"[\w+/=]+", told)  # base64: no markup in the page
    source = f'prediction = None  # {MARKS[4]}\nchecks.check("02.1", prediction)'
    made = notebooks.question(source, "p02").source
    assert made.count('"') % 2 == 0 and ' onmouseover="' not in made


def test_the_page_of_a_network_and_its_title(browser, tmp_path):  # noqa: F811
    told = {"title": MARKS[1], "class_names": MARKS}
    text = document.document("page.html", (), told)
    assert json.loads(re.search(r'id="network">(.*?)</script>', text)[1]) == {
        "title": MARKS[1],
        "class_names": list(MARKS),
    }
    runs_nothing(browser, text, tmp_path)


CARD = {
    "class_names": list(MARKS),
    "size": 24,
    "data": MARKS[0],
    "limits": MARKS[2],
    "validation_accuracy": MARKS[3],
    "model": MARKS[1],
}


def test_a_card_in_the_services_page():
    said = network.words(CARD, page=False)
    for text in map(str, said.values()):
        assert "<" not in text and '"' not in text
