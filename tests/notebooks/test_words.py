"""No retired word, every term in the glossary, every notebook named by a link."""

import re

import pytest

from tests.notebooks.reading import NOTEBOOKS, PAGES, PATHS, each, markdown, read, texts

RETIRED = r"""(?ix)
    \bheaps?\b | \bpages?\ \d | \brulers?\b | \bstrangers?\b | \bknobs?\b | \bnudg\w*
    | \bhand(?:ed|s|ing)?\ through\b | \bthaw\w* | \bby\ heart\b | \bremed(?:y|ies)\b
    | \bcool(?:ed|s)?\ (?:it\ )?down\b | \bopponents?\b | \bladder\b"""
NUMBER = re.compile(r"\[([^\]]*)\]\((?:\.\./)?(\d\d)_(\w+)\.ipynb(?:#[^)]*)?\)")
MENTION = re.compile(r"(?i)\bnotebooks?\ (\d+)")
LINKED = re.compile(r"\[[^\]]*\]\([^)]*\)")
BINDS_NUDGE = "07_learning.ipynb"  # "nudge the weight": a **finite difference**
GLOSSARY = NOTEBOOKS / "glossary.md"
ENTRY = re.compile(
    r"^\| \*\*(.+?)\*\* \| (.+?) \| (.+?) \| \[(\d+)\]\((\S+)\) \|$", re.M
)
# bold that is no term: the parts of a notebook, labels of exercises, numbers
STRUCTURE = re.compile(
    r"(You (will|need).*|Time|Predict.*|Bonus.*|Exercise.*|Next.*|\W*\d.*|.*[.:?!])"
)


def written(notebook):
    """Return everything that a reader sees but figures: text, code, printed lines."""
    lines = [cell.source for cell in notebook.cells]
    for cell in notebook.cells:
        lines += [box[key] for box, key in texts(cell.get("outputs", []))]
        lines.append(cell.metadata.get("alt", ""))
    return "\n".join(lines)


@each(PATHS)
def test_no_retired_word_comes_back(path):
    found = [m[0].lower() for m in re.finditer(RETIRED, written(read(path)))]
    assert found == ["nudge"] * (path.name == BINDS_NUDGE and path in PAGES)


@each(PATHS)
def test_another_notebook_is_a_link_to_it(path):
    text = markdown(read(path))
    for label, number, _ in NUMBER.findall(text):
        said = re.search(r"\d+", label)
        assert not said or int(said[0]) == int(number), f"[{label}] leads to {number}"
    bare = MENTION.findall(LINKED.sub("", text))
    assert not bare, f"no link to notebooks {bare}"


def entries():
    """List the glossary's rows: term, sentence, other names, number, link."""
    return ENTRY.findall(GLOSSARY.read_text(encoding="utf-8"))


def bold(path):
    """Return the terms that a notebook sets in bold, in lower case."""
    found = re.findall(r"\*\*([^*\n]+?)\*\*", markdown(read(path)))
    return {term.lower() for term in found if not STRUCTURE.fullmatch(term)}


def names(entry):
    """Return all names of an entry, in lower case, without what is in brackets."""
    term, _, others, *_ = entry
    every = [term, *([] if others == "-" else others.split(", "))]
    return {name.lower() for name in every}


def test_the_glossary_is_in_order_and_says_a_sentence():
    found = [entry[0].lower() for entry in entries()]
    assert len(found) > 100 and found == sorted(found) and len(set(found)) == len(found)
    for term, sentence, *_ in entries():
        assert sentence.endswith(".") and len(sentence.split()) <= 35, term


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry[0])
def test_a_glossary_term_is_bold_in_its_notebook(entry):
    number, link = entry[3:]
    (path,) = (p for p in PAGES if p.name == link)
    assert path.name.startswith(f"{int(number):02}_")
    assert names(entry) & bold(path), f"{path.name} introduces it nowhere"


@each(PAGES)
def test_every_bold_term_is_in_the_glossary(path):
    known = set().union(*map(names, entries()))
    assert bold(path) <= known
