"""The book reads and compares answers as helpers.checks does."""

import tomllib

import pytest

from helpers.checks import answers, bank
from tests.explorer.conftest import browser  # noqa: F401
from tools.check_notebooks import NOTEBOOKS

ROOT = NOTEBOOKS.parent
SCRIPT = ROOT / "tools" / "book" / "static" / "answers.js"
TABLE = tomllib.loads(
    (ROOT / "tests" / "tools" / "answer_cases.toml").read_text(encoding="utf-8")
)
GROUPS = ("right", "wrong", "unreadable")
CASES = [
    (name, text, group)
    for name, rows in TABLE.items()
    for group in GROUPS
    for text in rows.get(group, [])
]
READ = """([item, text]) => {
  const read = parse(item, text);
  if (read.problem) return "unreadable";
  return same(item, read.said, item.right) ? "right" : "wrong";
}"""


def settings(name):
    rest = {k: v for k, v in TABLE[name].items() if k not in (*GROUPS, "wanted")}
    wanted = [None if one == "any" else one for one in listed(TABLE[name]["wanted"])]
    single = not isinstance(TABLE[name]["wanted"], list)
    return {"kind": name} | rest, wanted[0] if single else wanted


def listed(value):
    return value if isinstance(value, list) else [value]


@pytest.fixture(scope="module")
def reading(browser):  # noqa: F811
    """Return what the page's script says of an answer."""
    page = browser.new_page()
    page.add_script_tag(path=SCRIPT)
    empty = {"unit": "", "tolerance": 0, "lines": [], "options": []}

    def read(name, text):
        told, right = settings(name)
        return page.evaluate(READ, [empty | told | {"right": right}, text])

    return read


@pytest.mark.parametrize("name, text, group", CASES)
def test_in_python(name, text, group):
    told, wanted = settings(name)
    told["lines"] = tuple(told.get("lines", ()))
    item = bank.Item(id=name, use="exam", stem="", **told)
    try:
        said = answers.parse(item, text)
    except answers.Unreadable:
        assert group == "unreadable"
        return
    if item.kind == "order":
        assert answers.is_right(item, said) == (group == "right")
    else:
        assert group != "unreadable"
        assert answers.same(item, said, wanted) == (group == "right")


@pytest.mark.parametrize("name, text, group", CASES)
def test_on_the_page(reading, name, text, group):
    assert reading(name, text) == group
