"""A number in the text is computed in its notebook, or is known from elsewhere."""

import math
import re
from itertools import pairwise

from helpers.checks import bank
from tests.notebooks.reading import FIRST, PAGES, code, each, markdown, read, texts
from tests.notebooks.test_policy import CODE_SPAN, ROAD
from tools.book.notebooks import CHECKED

# a link's target, an arXiv number, the ends of a range of years are no claims
APART = re.compile(r"\]\([^)]*\)|https?://\S+|\d{4}\.\d{4,5}")
NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?!\w)")
YEAR = re.compile(r"(19|20)\d\d")
# the CNN of notebook 09, layer by layer
CNN = "896 + 18496 + 73856 + 147584 + 64 * 2048 + 64 + 650"
# by notebook, what no cell of it prints: how it is computed, or after a # whose it is
KNOWN = {
    "01_images": {
        "0.99": "# the toy page's own answer, in a picture",
        "256": "2**8",
        "45000": "50000 - 5000",
        "60000": "50000 + 10000",
    },
    "03_activation": {"2.718": "math.e", "300": "# asked, not said"},
    "06_full_connection": {
        "999": "0.999 * 1000",
        "1000": "# asked, not said",
        "2.718": "math.e",
        "45000": "50000 - 5000",
    },
    "07_learning": {"323": "# the volume of Nature", "372618": CNN},
    "08_dataset": {
        "50000": "# the archive",
        "60000": "50000 + 10000",
        "34.7": "# Buolamwini and Gebru 2018",
        "79.6": "# Buolamwini and Gebru 2018",
        "86.2": "# Buolamwini and Gebru 2018",
    },
    "09_training": {
        "0.0001": "# asked; the cell asserts it",
        "2.303": "-math.log(0.1)",
        "3072": "32 * 32 * 3",
        "394634": "3072 * 128 + 128 + 128 * 10 + 10",
    },
    "10_evaluation": {
        "0.01": "# asked, not said",
        "0.54": "# Northcutt and others 2021",
        "75.00": "100 * 0.75",
        "74.2": "75 - 1.96 * 100 * math.sqrt(0.75 * 0.25 / 10_000)",
        "75.8": "75 + 1.96 * 100 * math.sqrt(0.75 * 0.25 / 10_000)",
        "99.5": "100 - 50 / 100",
    },
    "11_inside_the_network": {"170": "13 * 13 + 1"},
    "12_regularization": {"1.805": "2 * 0.95**2", "2.303": "-math.log(0.1)"},
    "13_tuning": {
        "0.0001": "# an example",
        "0.0002": "2 * 0.0001",
        "0.0008": "# an example",
        "0.0091": "# an example",
        "0.0092": "# an example",
        "44.7": "# asked, not said",
        "46.0": "# asked, not said",
        "128": "2 * 64",
        "256": "16 * 16",
        "3072": "32 * 32 * 3",
        "4096": "8 * 8 * 64",
    },
    "14_fast_training": {
        "1.00": "# a probability",
        "3.29": "# the title of Jordan 2024",
        "400": "# seconds, rounded",
        "50000": "# the archive",
    },
    "15_transfer": {
        "224": "# the size of ImageNet's photos",
        "300": "# steps, rounded",
        "800": "# of benchmarks/studies.py",
        "1024": "128 * 8",
        "20285": "# the number of an issue",
    },
    "17_deployment": {"0.01": "# asked, not said"},
    "18_scaling_out": {
        "224": "# the size of ImageNet's photos",
        "999": "1000 - 1",
        "4000": "# of benchmarks/studies.py",
        "8192": "# Goyal and others 2017",
        "20585": "# the number of an issue",
    },
    "19_your_own_classes": {"9000": "# an example", "50000": "# the archive"},
    "20_depth": {
        "1001": "# He and others 2016",
        "2304": "1024 * 1.5**2",
        "4000": "# of benchmarks/studies.py",
        "9248": "9 * 32 * 32 + 32",
        "20000": "# of benchmarks/studies.py",
        "55424": "9 * 32 * 64 + 64 + 9 * 64 * 64 + 64",
        "59049": "1024 * 1.5**10",
    },
    "21_larger": {
        "20490": "2048 * 10 + 10",
        "427": "# asked, not said",
        "640": "# asked, not said",
        "800": "# pictures, rounded",
    },
}


def claims(text):
    """Return the numbers of three digits or more that a text gives, without commas."""
    text = APART.sub(" ", CODE_SPAN.sub(" ", ROAD.sub(" ", text)))
    found = {number.replace(",", "") for number in NUMBER.findall(text)}
    long = {number for number in found if len(number.replace(".", "")) >= 3}
    return {number for number in long if not YEAR.fullmatch(number)}


def computed(notebook):
    """Return all that stands in code and stored outputs, without commas."""
    printed = [str(box[key]) for c in code(notebook) for box, key in texts(c.outputs)]
    return "\n".join([*(c.source for c in code(notebook)), *printed]).replace(",", "")


def unknown(notebook, name):
    """List the numbers in the text that nothing in the notebook gives."""
    given = set(re.findall(r"\d+(?:\.\d+)?", computed(notebook)))
    return sorted(claims(markdown(notebook)) - given - KNOWN.get(name, {}).keys())


@each(PAGES)
def test_a_number_in_the_text_is_computed_or_known(path):
    wrong = unknown(read(path), path.stem)
    assert not wrong, f"{wrong}: print them, or say in KNOWN where they come from"


@each(PAGES)
def test_what_is_known_is_still_said_and_right(path):
    known = KNOWN.get(path.stem, {})
    assert known.keys() <= claims(markdown(read(path)))
    for number, how in known.items():
        if not how.startswith("# "):
            digits = len(number.partition(".")[2])
            assert round(eval(how, {"math": math}), digits) == float(number), number


def test_a_wrong_number_is_seen(good):
    good.cells[0].source += "\n\nIt has 31,337 pixels, `31338`, since 1998."
    assert unknown(good, "01_images") == ["31337"]


# there they stand in the question's own data, or mean another thing
INCIDENTAL = {"02.1", "04.1", "07.6", "14.3"}


def numbers(source):
    """Return the numbers in a source, but for those in strings."""
    plain = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'|_", "", source)
    return set(re.findall(r"\d+(?:\.\d+)?", plain))


def told_in_code(notebook):
    """List the predictions whose right numbers all stand in the code that answers."""
    found, asked = [], None
    for before, cell in pairwise(notebook.cells):
        if cell.source.startswith("prediction = None"):
            asked, given = bank.find(CHECKED.search(cell.source)[1]), before.source
        elif asked and cell.cell_type == "markdown":
            asked = None
        elif asked and asked.kind in ("number", "list", "shape"):
            right = asked.right()
            right = [right] if asked.kind == "number" else list(right)
            right = {f"{abs(n):g}" for n in right if isinstance(n, (int, float))}
            if right and right <= numbers(cell.source) and not right <= numbers(given):
                found.append(asked.id)
    return found


@each(PAGES)
def test_no_code_tells_what_was_asked(path):
    assert set(told_in_code(read(path))) <= INCIDENTAL


def test_an_answer_in_the_code_is_seen():
    notebook = read(FIRST)
    (cell,) = [
        c for c in notebook.cells if c.source.startswith("print(list(np.ndindex")
    ]
    cell.source = "picture[6, 1] = 5"
    assert told_in_code(notebook) == ["01.1"]
