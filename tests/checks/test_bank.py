"""Every question answers: the right one is computed, each wrong one earns its label."""

import ast
import dataclasses
import re
from collections import Counter

import pytest

from helpers import checks, evaluation
from helpers.checks import answers, bank
from tests.notebooks.reading import PAGES, code, read, texts
from tools.check_notebooks import NOTEBOOKS

BANK = bank.everything()
ITEMS = {name: one for name, one in BANK.items() if isinstance(one, bank.Item)}
FORMS = [(item, "A") for item in ITEMS.values()]
FORMS += [(item, form) for item in ITEMS.values() for form in "BC" if item.values_b]
each_item = pytest.mark.parametrize(
    ("item", "form"), FORMS, ids=[f"{item.id}-{form}" for item, form in FORMS]
)
SLIPS = {name for name, text in bank.labels().items() if "look" not in text}


def middle(wanted):
    """Return a number that an interval (least, most) holds, or the number itself."""
    return sum(wanted) / 2 if isinstance(wanted, (tuple, list)) else wanted


def forms(item, right):
    """Write the right answer in several ways."""
    if item.kind == "number":
        number = middle(right)
        yield from (f"{number} {item.unit}", f"about {number}{item.unit}.")
        if not (item.unit == "%" and abs(number) < 1):
            yield number
    elif item.kind in ("list", "shape"):
        numbers = [middle(1 if one is None else one) for one in right]
        yield from (numbers, tuple(numbers))
        yield " x ".join(map(str, numbers))
    elif item.kind == "choice":
        yield from (right, f"  {right.upper()}. ")
        yield bank.LETTERS[item.options.index(right)]
    elif item.kind == "choices":
        yield from (sorted(right), ", ".join(sorted(right)))
    else:
        order = min(right)
        yield from (order, list(order), ", ".join(order.lower()))


@each_item
def test_the_right_answer_is_accepted_in_every_form(item, form):
    right = item.right(form)
    tried = list(forms(item, right))
    assert len(tried) >= 2
    for given in tried:
        said = answers.parse(item, given)
        assert checks.judge(item, said, form) == (True, "", ""), given


@each_item
def test_each_wrong_answer_earns_its_label(item, form):
    assert item.wrong, "name at least one wrong answer"
    for wrong in item.wrong:
        given = item.given(wrong, form)
        if item.kind == "list":
            given = [7 if one is None else middle(one) for one in given]
        said = answers.parse(item, middle(given) if item.kind == "number" else given)
        right, label, message = checks.judge(item, said, form)
        assert not right, f"{given} is right"
        assert (label, message) == (wrong.label, item.fill(wrong.message, form)), given


@each_item
def test_neither_messages_nor_hints_give_the_answer_away(item, form):
    right = item.right(form)
    told = [item.fill(wrong.message, form) for wrong in item.wrong]
    told += [item.fill(hint, form) for hint in item.hints]
    if item.kind == "number" and not isinstance(right, (tuple, list)):
        secret = rf"(?<![\d.,x-]){re.escape(f'{right:g}')}(?![\d,x]|\.\d)"
        told = [] if re.search(secret, item.text(form)) else told
        found = [text for text in told if re.search(secret, text)]
        assert not found
    elif item.kind == "choice" and len(right) > 4:
        assert not [t for t in told if right.lower() in t.lower()]


@each_item
def test_the_right_answer_is_computed_and_not_typed(item, form):
    if item.kind == "order":
        assert item.proof and item.right()
        return
    source = item.setup + "\n" + item.answer
    nodes = {type(node) for node in ast.walk(ast.parse(source))}
    assert nodes & {ast.Call, ast.Compare, ast.BinOp, ast.Subscript}, item.answer


@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS)
def test_an_item_is_complete(item):
    assert item.use in bank.USES and item.kind in bank.KINDS
    assert item.hints and item.text().strip().endswith((".", "?", ")", ":", "`", "|"))
    assert {wrong.label for wrong in item.wrong} <= set(bank.labels())
    assert (item.kind in ("choice", "choices")) == bool(item.options)
    assert (item.kind == "order") == bool(item.lines)
    for wrong in item.wrong:
        assert wrong.message.endswith((".", "?")), wrong.message


def test_each_notebook_asks_what_the_bank_holds():
    for path in PAGES:
        asked = re.findall(
            r'checks\.check\("([^"]+)"', "\n".join(c.source for c in code(read(path)))
        )
        held = bank.read(path.name[:2]).values()
        wanted = [
            one.id
            for one in held
            if isinstance(one, bank.Exercise) or one.use in ("prediction", "task")
        ]
        assert sorted(asked) == sorted(wanted), path.name
        assert all(one.id.startswith(path.name[:2] + ".") for one in held)


def test_every_prediction_and_opening_question_is_in_the_bank():
    for path in PAGES:
        predicted = [c for c in code(read(path)) if c.source.startswith("prediction =")]
        assert all("checks.check(" in c.source for c in predicted), path.name
        uses = Counter(
            one.use for one in bank.read(path.name[:2]).values() if hasattr(one, "use")
        )
        assert uses["prediction"] == len(predicted), path.name
        assert uses["opening"] == 3 and uses["task"] >= 1, path.name


def test_the_bank_is_large_enough():
    a_notebook = Counter(name[:2] for name in ITEMS)
    assert len(a_notebook) == len(PAGES) and min(a_notebook.values()) >= 6
    assert len(ITEMS) >= 150
    assert len([item for item in ITEMS.values() if item.values_b]) >= 2 * len(PAGES)


def test_every_misconception_is_probed_by_two_items():
    probes = Counter()
    for one in BANK.values():
        probes.update({wrong.label for wrong in one.wrong})
    few = {label for label in bank.labels() if probes[label] < 2}
    assert not few - SLIPS and len(SLIPS) < 8 and len(bank.labels()) >= 35


@pytest.mark.parametrize(("label", "text"), bank.labels().items(), ids=bank.labels())
def test_a_label_leads_to_a_section(label, text):
    assert len(text["says"]) > 15 and not text["says"].endswith(".")
    if label in SLIPS:
        return
    name, _, section = text["look"].partition("#")
    page = read(NOTEBOOKS / name)
    headings = re.findall(
        r"^#+ (.+)$", "\n".join(c.source for c in page.cells), re.MULTILINE
    )
    assert section in [heading.replace(" ", "-") for heading in headings], text["look"]


def test_no_form_has_the_numbers_of_another_and_students_see_but_one():
    """Exam items stand in no notebook, so form C may have their first numbers."""
    for item in ITEMS.values():
        if item.values_b:
            assert item.values_c or item.use == "exam", item.id
            asked = [(item.text(form), repr(item.right(form))) for form in "ABC"]
            assert len({*asked}) == (3 if item.values_c else 2), item.id
            assert item.values_b.keys() == (item.values_c or item.values_b).keys()


def test_each_form_has_numbers_of_its_own():
    item = bank.Item("00.1", "exam", "number", "{n}?", "n + m", values={"n": 1, "m": 5})
    assert item.right("A") == item.right("B") == 6 and item.tolerance == 0
    item = dataclasses.replace(item, values_b={"n": 2}, values_c={"n": 3})
    assert [item.text(form) for form in "ABC"] == ["1?", "2?", "3?"]
    assert [item.right(form) for form in "ABC"] == [6, 7, 8]
    wrong = [bank.Wrong("n - m", "", ""), bank.Wrong(9, "", "")]
    assert [item.given(each, "B") for each in wrong] == [-3, 9]


def test_a_question_of_yes_or_no_is_answered_so():
    kind = "".join("choice")  # as read from a file: no literal of the module
    for answer, right in (("1 < 2", "yes"), ("1 > 2", "no"), ("'b'", "b")):
        assert bank.Item("00.1", "exam", kind, "?", answer).right() == right


def test_a_band_is_multiplied_only_where_it_is_said():
    low, high = evaluation.band("cnn gap", "cifar10")
    assert bank.band("cnn gap") == (low, high)
    assert bank.band("cnn gap", times=100) == (100 * low, 100 * high)


def test_a_label_names_the_notebook_and_the_section():
    label, text = next(pair for pair in bank.labels().items() if "look" in pair[1])
    name, _, section = text["look"].partition(".ipynb#")
    assert bank.where(label) == f"notebook {name[:2]}, {section.replace('-', ' ')}"
    assert bank.where(next(iter(SLIPS))) == bank.where("no such label") == ""


def test_an_unknown_question_is_named():
    with pytest.raises(ValueError, match=r"no question '02.99'; there are: 02"):
        bank.find("02.99")
    assert bank.find("2.1") is bank.find("02.1")
    for notebook in ("77", "", "0?", "**", "/02"):
        says = re.escape(f"no questions for notebook {notebook!r}")
        with pytest.raises(ValueError, match=says):
            bank.find(f"{notebook}.1")


def test_a_question_that_is_read_once_for_all_cannot_be_changed():
    item, exercise = bank.find("02.6"), bank.find("02.exercise-1")
    for one in (item, item.wrong[0], exercise, exercise.wrong[0]):
        name = dataclasses.fields(one)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, name, "another")


@pytest.mark.parametrize(
    "name, shown",
    [
        ("15.4", r"source classes: ([\d.]+)% before, ([\d.]+)% after"),
        ("19.4", r"test: (\d+) of (\d+) right"),
    ],
)
def test_what_the_notebook_shows_is_what_the_bank_knows(name, shown):
    [page] = [path for path in PAGES if path.name[:2] == name[:2]]
    boxes = [box for c in code(read(page)) for box in texts(c.outputs)]
    said = "".join(box[key] for box, key in boxes)
    found = [float(number) for number in re.findall(shown, said)[-1]]
    item = bank.find(name)
    if name == "15.4":
        assert answers.is_right(item, found[1])
    else:
        assert [*item.values.values()] == found
