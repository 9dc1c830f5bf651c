"""Links between notebooks: a promise leads to the section that keeps it."""

import re

import pytest

from tests.notebooks.reading import NOTEBOOKS, PAGES, PATHS, each, markdown, read

LINK = re.compile(r"\[([^\]]*)\]\((?:\.\./)?(\d\d_\w+\.ipynb)(?:#([^)]*))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
BY_NAME = {path.name: path for path in PAGES}


def anchors(text):
    """Return the anchors that JupyterLab and GitHub make of a notebook's headings."""
    return {heading.replace(" ", "-") for heading in HEADING.findall(text)}


def broken(text):
    """List links whose section or title is not (or no longer) there."""
    for label, name, anchor in LINK.findall(text):
        there = markdown(read(BY_NAME[name]))
        if anchor and anchor not in anchors(there):  # JupyterLab decodes no %3F
            yield f"{name} has no section {anchor!r}"
        title = HEADING.search(there)[1]
        if re.match(r"\d+\. ", label) and not title.startswith(label):
            yield f"[{label}] is not {title!r}"


def promises(notebook, path):
    """List links to later notebooks that name no section.

    Free are the opening, which plans, and the line **Next:**, which goes to the start.
    """
    for cell in notebook.cells[1:]:
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else ():
            for _, name, anchor in LINK.findall(line):
                if name > path.name and not anchor and not line.startswith("**Next:**"):
                    yield f"{cell.id}: which section of {name} keeps it?"


@each(PATHS)
def test_a_link_finds_its_section_and_says_the_right_title(path):
    assert list(broken(markdown(read(path)))) == []


@each(PAGES)
def test_a_promise_leads_to_the_section_that_keeps_it(path):
    assert list(promises(read(path), path)) == []


@pytest.mark.parametrize("name", ["README.md", "instructor/guide.md"])
def test_other_texts_find_their_sections(name):
    text = (NOTEBOOKS.parent / name).read_text(encoding="utf-8")
    found = re.findall(r"notebooks/(\d\d_\w+\.ipynb)#([^)\s]+)\)", text)
    for notebook, anchor in found:
        assert anchor in anchors(markdown(read(BY_NAME[notebook]))), anchor


def test_a_renamed_section_is_noticed():
    text = "[it](07_learning.ipynb#ReLU:-a-gate) [7. Learn](07_learning.ipynb)"
    assert not list(broken(text))
    assert list(broken(text.replace("a-gate", "a-door")))
    assert list(broken(text.replace("7. Learn", "7. Forget")))
    assert list(broken("[it](03_activation.ipynb#Before%20you%20start)"))
