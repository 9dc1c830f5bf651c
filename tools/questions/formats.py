"""Questions in the formats that learning platforms import."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from helpers.checks import bank
from tools.questions import options, says, stem

# code, which Markdown shows as it is, or the beginning of a tag
TAG = re.compile(r"`[^`]*`|^ {4}.*$|<(?=[A-Za-z/!?])", re.MULTILINE)
CONTROL = str.maketrans({sign: f"\\{sign}" for sign in "~=#{}:\\"})


def untagged(words: str) -> str:
    """Return Markdown without tags: Moodle does not clean the text of a question."""
    return TAG.sub(lambda it: "&lt;" if it[0] == "<" else it[0], words)


def _text(parent: Element, tag: str, words: str, **attributes: str) -> Element:
    made = SubElement(parent, tag, attributes)
    SubElement(made, "text").text = untagged(words) if attributes else words
    return made


def moodle(items: list[bank.Item]) -> bytes:
    """Return the questions in Moodle's XML: numbers to type, all else to choose.

    Format: https://docs.moodle.org/en/Moodle_XML_format
    """
    quiz = Element("quiz")
    for item, opens in _grouped(items):
        if opens:
            category = SubElement(quiz, "question", type="category")
            _text(category, "category", opens)
        typed = item.kind == "number"
        question = SubElement(
            quiz, "question", type="numerical" if typed else "multichoice"
        )
        _text(question, "name", item.id)
        _text(question, "questiontext", asked(item), format="markdown")
        for hint in item.hints:
            _text(question, "hint", item.fill(hint), format="markdown")
        if typed:
            _typed(question, item)
        else:
            _chosen(question, item)
    ElementTree.indent(quiz)
    return ElementTree.tostring(quiz, encoding="utf-8", xml_declaration=True)


def _grouped(items: list[bank.Item]) -> Iterator[tuple[bank.Item, str]]:
    """Yield each item, with the category that begins there or ""."""
    last = ""
    for item in items:
        where = f"$course$/top/CNN course/{item.id[:2]} {item.use}"
        yield item, where if where != last else ""
        last = where


def asked(item: bank.Item) -> str:
    """Return the question; where a number is typed, and is a percentage, it says so."""
    text, percent = stem(item, "A"), item.kind == "number" and item.unit == "%"
    return f"{text} (In percent.)" if percent else text


def _answer(question: Element, text: str, fraction: float, words: str) -> Element:
    kind = "markdown" if "`" in text else "plain_text"  # which shows code as code
    answer = SubElement(question, "answer", fraction=f"{fraction:.7g}", format=kind)
    SubElement(answer, "text").text = untagged(text) if "`" in text else text
    _text(answer, "feedback", words, format="markdown")
    return answer


def spread(item: bank.Item, value: object) -> tuple[float, float]:
    """Return the middle and the reach of a number or an interval, with tolerance."""
    low, high = value if isinstance(value, (tuple, list)) else (value, value)
    return (low + high) / 2, (high - low) / 2 + item.tolerance


def _typed(question: Element, item: bank.Item) -> None:
    given = [(item.right(), 100, "")]
    given += [(item.given(w), 0, says(item, w, "A")) for w in item.wrong]
    for value, fraction, words in given:
        middle, reach = spread(item, value)
        answer = _answer(question, _plain(middle), fraction, words)
        SubElement(answer, "tolerance").text = _plain(reach)
    if item.unit == "%":  # which may be typed then, or left out
        unit = SubElement(SubElement(question, "units"), "unit")
        SubElement(unit, "multiplier").text = "1"
        SubElement(unit, "unit_name").text = "%"


def _chosen(question: Element, item: bank.Item) -> None:
    found = options(item)
    right = sum(option.right for option in found)
    several = item.kind == "choices"  # or it would tell that one alone is right
    SubElement(question, "single").text = "false" if several else "true"
    mixed = item.use != "task"  # those of tasks are lines in their order
    SubElement(question, "shuffleanswers").text = "true" if mixed else "false"
    for option in found:
        wrong = -100 / (len(found) - right) if several else 0
        fraction = 100 / right if option.right else wrong
        _answer(question, option.text, fraction, option.says)


def gift(items: list[bank.Item]) -> str:
    """Return the questions in Moodle's GIFT: https://docs.moodle.org/en/GIFT_format"""
    parts = []
    for item, opens in _grouped(items):
        parts += [f"$CATEGORY: {opens}"] * bool(opens) + [_gift(item)]
    return "\n\n".join(parts) + "\n"


def _plain(number: float) -> str:
    """Write a number without an exponent, which not every reader of GIFT takes."""
    return f"{number:.12f}".rstrip("0").rstrip(".")


def _gift(item: bank.Item) -> str:
    text = untagged(asked(item)).translate(CONTROL).replace("\n", "\\n")
    head = f"::{item.id}::[markdown]{text}"
    if item.kind == "number":
        middle, reach = spread(item, item.right())
        return f"{head} {{#{_plain(middle)}:{_plain(reach)}}}"
    found = options(item)
    right = sum(option.right for option in found)
    lines = [head + " {"]
    for option in found:
        sign = "=" if option.right else "~"
        if item.kind == "choices":
            share = 100 / right if option.right else -100 / (len(found) - right)
            sign = f"~%{share:.5f}%"
        says_ = untagged(" ".join(option.says.split())).translate(CONTROL)
        words = f"#{says_}" if option.says else ""
        lines.append(f"{sign}{untagged(option.text).translate(CONTROL)}{words}")
    return "\n".join([*lines, "}"])
