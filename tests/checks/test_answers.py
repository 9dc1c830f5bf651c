"""Answers in any sensible form are read, others are refused in one sentence."""

import re

import numpy as np
import pytest

from helpers.checks import answers, bank
from helpers.checks.bank import Item
from tests.notebooks.reading import PAGES, code, read


def asked(kind, **more):
    kind = "".join([*kind])  # as read from a file: no literal of the module
    return Item("00.1", "exam", kind, "?", **more)


CHOICE = {"options": ("rises", "falls", "stays the same")}
LINES = {"lines": ("a = 1", "b = a + 1", "c = b + 1"), "proof": "assert c == 3"}


@pytest.mark.parametrize(
    ("item", "given", "read"),
    [
        (asked("number"), 5, 5),
        (asked("number"), "5", 5),
        (asked("number"), " about five pixels.", 5),
        (asked("number"), "5 x 5", 5),
        (asked("number"), (5, 5), 5),
        (asked("number"), np.float32(5), 5),
        (asked("number"), "-2/4", -0.5),
        (asked("number"), "1,234,567", 1234567),
        (asked("number"), "1e-3", 0.001),
        (asked("number"), True, 1),
        (asked("number", unit="%"), 0.43, 43),
        (asked("number", unit="%"), 43, 43),
        (asked("number", unit="%"), "43 %", 43),
        (asked("number", unit="%"), "0.5 %", 0.5),
        (asked("list", unit="%"), (0.43, 1.0), [43, 100]),
        (asked("list", unit="%"), (0.5, 2), [50, 2]),
        (asked("list", unit="%"), (0, 1), [0, 1]),
        (asked("shape"), "(3, 3, 3, 16)", [3, 3, 3, 16]),
        (asked("shape"), "3 x 3 x 3 x 16", [3, 3, 3, 16]),
        (asked("shape"), (3, 3), [3, 3]),
        (asked("list"), np.array([1.5, -2]), [1.5, -2]),
        (asked("list"), "5, 3 and 2", [5, 3, 2]),
        (asked("choice", **CHOICE), "It RISES.", "rises"),
        (asked("choice", **CHOICE), "b", "falls"),
        (asked("choice", **CHOICE), "stays", "stays the same"),
        (asked("choice", options=("yes", "no")), False, "no"),
        (asked("choice", options=("yes", "no")), "No.", "no"),
        (asked("choice", options=("yes", "no")), "n", "no"),
        (asked("choice", options=("one", "three")), 3, "three"),
        (asked("choices", **CHOICE), "rises and falls", {"rises", "falls"}),
        (asked("choices", **CHOICE), ["a", "stays"], {"rises", "stays the same"}),
        (asked("order", **LINES), "c a b", "CAB"),
        (asked("order", **LINES), ["A", "B", "C"], "ABC"),
    ],
)
def test_an_answer_is_read(item, given, read):
    assert answers.parse(item, given) == read


@pytest.mark.parametrize(
    ("item", "given", "words"),
    [
        (asked("number"), "many", "write a number, such as 12; 'many' is none"),
        (asked("number"), (3, 4), "one number is asked for, not 2"),
        (asked("number"), [], "write a number"),
        (asked("list"), {"a": 1}, "write numbers in a list"),
        (asked("choice", **CHOICE), "sideways", "choose from 'rises', 'falls'"),
        (asked("choice", **CHOICE), "rises or falls", "choose from"),
        (asked("order", **LINES), "AAB", "each once; 'AAB'"),
    ],
)
def test_another_kind_of_answer_is_refused_in_one_sentence(item, given, words):
    with pytest.raises(answers.Unreadable, match=words.replace("(", r"\(")):
        answers.parse(item, given)


@pytest.mark.parametrize("nothing", [None, ..., "", "  "])
def test_no_answer_yet(nothing):
    assert answers.open_(nothing)
    assert not answers.open_(0) and not answers.open_(False)


def test_numbers_have_a_tolerance_and_intervals():
    item = asked("number", tolerance=0.5)
    assert answers.same(item, 5.4, 5) and not answers.same(item, 5.6, 5)
    assert answers.same(item, 7.5, (3, 7)) and not answers.same(item, 7.6, (3, 7))
    pair = asked("list")
    assert answers.same(pair, [9, 2], [None, 2]) and not answers.same(pair, [2], [2, 2])


def test_of_several_options_all_must_be_named_and_no_other():
    item, wanted = asked("choices", **CHOICE), ["rises", "falls"]
    assert answers.same(item, {"falls", "rises"}, wanted)
    assert not answers.same(item, {"rises"}, wanted)
    assert not answers.same(item, {*CHOICE["options"]}, wanted)


def test_any_order_that_works_is_right():
    loose = asked("order", lines=("x = 1", "y = 2", "z = x + y"), proof="assert z == 3")
    assert loose.right() == {"ABC", "BAC"}
    assert answers.is_right(loose, "BAC") and not answers.is_right(loose, "CAB")


@pytest.mark.parametrize(
    ("item", "given", "read"),
    [
        (asked("number"), "a third", 1 / 3),
        (asked("number"), "Two thirds.", 2 / 3),
        (asked("number"), "a half.", 1 / 2),
        (asked("list"), "two halves, 3 quarters and one quarter", [1, 3 / 4, 1 / 4]),
        (
            asked("list"),
            "a fifth, 2 fifths; a tenth and 2 tenths",
            [0.2, 0.4, 0.1, 0.2],
        ),
        (asked("number"), "⅓", 1 / 3),
        (asked("list"), "4,096 and 65,536", [4096, 65536]),
        (asked("choice", **CHOICE), "I think it falls", "falls"),
        (asked("choice", **CHOICE), "falls, I guess", "falls"),
        (asked("choice", **CHOICE), "line B", "falls"),
        (asked("choice", **CHOICE), "B, because the gradient is positive", "falls"),
    ],
)
def test_what_a_first_reader_wrote_is_read(item, given, read):
    found = answers.parse(item, given)
    assert found == (read if item.kind == "choice" else pytest.approx(read))


@pytest.mark.parametrize(
    ("item", "given"),
    [
        (asked("number"), "less than 0"),
        (asked("number"), "not 0"),
        (asked("choice", **CHOICE), "it never rises"),
        (asked("choice", options=("one", "three")), "one for each channel"),
        (asked("choice", options=("the sky", "the bush")), "not the sky"),
    ],
)
def test_an_answer_that_says_something_else_is_not_taken(item, given):
    with pytest.raises(answers.Unreadable):
        answers.parse(item, given)


def test_no_idea_is_no_answer_yet():
    assert all(map(answers.open_, ["no idea", "I don't know.", "?", "idk"]))


SUGGESTED = re.compile(r"prediction = None  # ([^:\n]+)\nchecks\.check\(\"(\S+?)\"")


def test_the_words_that_a_cell_suggests_are_read():
    """Where it lists all options; elsewhere it says "one of the three"."""
    tried = 0
    sources = "\n".join(c.source for path in PAGES for c in code(read(path)))
    for told, name in SUGGESTED.findall(sources):
        item = bank.find(name)
        words = [word.strip(' "') for word in re.split(r", | or ", told)]
        if item.kind == "choice" and len(words) == len(item.options):
            tried += 1
            found = [answers.parse(item, word) for word in words]
            assert {*found} == {*item.options}, name
    assert tried > 20


def test_an_option_is_found_by_the_word_that_counts():
    item = asked("choice", options=("the plain one", "the residual one", "equal"))
    for said, meant in {"plain": 0, "Residual": 1, "a residual one": 1}.items():
        assert answers.parse(item, said) == item.options[meant]
    with pytest.raises(answers.Unreadable):
        answers.parse(item, "one")
    item = asked("choice", options=("line A", "line B", "line C"))
    assert answers.parse(item, "line a") == "line A"
    for vague in ("line", "the line", "I think it is line"):
        with pytest.raises(answers.Unreadable):
            answers.parse(item, vague)
