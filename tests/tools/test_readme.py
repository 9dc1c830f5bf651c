"""README.md and the Colab cells say what the cards and the one setting say."""

import re
import tomllib

import nbformat
import pytest

from helpers import results
from tools import readme

TEXT = (readme.ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name, content",
    [
        ("badges", lambda: readme.badges(readme.address())),
        ("headline", readme.headline),
        ("measures", readme.measures),
        ("speed", readme.speed),
        ("load", readme.load),
        ("attacks", readme.attacks),
    ],
)
def test_the_generated_parts_are_current(name, content):
    assert readme.fill(TEXT, name, content()) == TEXT, "run make readme"


def test_the_first_picture_is_of_a_networks_page_and_says_so():
    source, alt = re.search(r'<img src="(.+?)".*? alt="(.+?)">', TEXT).groups()
    first = min(TEXT.index(mark) for mark in ("<img", "!["))
    assert source in TEXT[first : first + 100] and "explorer" in source
    assert (readme.ROOT / source).stat().st_size < 300_000 and len(alt) > 100


def test_the_guides_table_is_current():
    text = (readme.ROOT / "instructor" / "guide.md").read_text(encoding="utf-8")
    assert readme.fill(text, "memory", readme.memory()) == text, "run make readme"
    stems = [path.stem for path in sorted(readme.NOTEBOOKS.glob("*.ipynb"))]
    found = results.read("memory")
    assert list(found["notebooks"]) == stems, "run make memory"


@pytest.mark.parametrize(
    "path", sorted(readme.NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem
)
def test_the_colab_cell_follows_the_setting(path):
    cells = [c.source for c in nbformat.read(path, as_version=4).cells]
    colab = [source for source in cells if '"google.colab"' in source]
    assert colab == [readme.colab_cell(readme.address())], "run make readme"


@pytest.mark.parametrize(
    "path", sorted(readme.NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem
)
def test_the_road_map_leads_to_every_other_notebook_and_marks_this_one(path):
    opening = nbformat.read(path, as_version=4).cells[0].source
    current = readme.fill(opening, "road", readme.road(path, readme.address()))
    assert current == opening, "run make readme"
    road = readme.road(path, "")
    names = [other.name for other in sorted(readme.NOTEBOOKS.glob("*.ipynb"))]
    assert re.findall(r"\]\((.+?)\)", road) == [n for n in names if n != path.name]
    here = re.findall(r"[*·] (\d+)[^·\n]*you\Ware\Where", road)
    assert here == [str(int(path.name[:2]))]


def test_the_installation_is_as_large_wherever_that_is_said():
    texts = "README.md", "CONTRIBUTING.md", "instructor/room.md", "instructor/module.md"
    size = r"(\d\.\d) GB(?= of disk| each \| at home| and took)"
    said = [re.findall(size, (readme.ROOT / path).read_text("utf-8")) for path in texts]
    assert said == [said[0]] * 4 and len(said[0]) == 1


@pytest.mark.parametrize(
    "path", sorted(readme.NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem
)
def test_the_table_gives_the_minutes_of_the_notebook(path):
    opening = nbformat.read(path, as_version=4).cells[0].source
    minutes = re.search(r"\*\*Time\*\* (\d+) minutes", opening)[1]
    exercises = re.search(r"(\d+) for the exercises", opening)[1]
    (row,) = re.findall(rf"\[{path.name}\].*\| ([\d +]+) \|", TEXT)
    assert row == f"{minutes} + {exercises}"


def test_texts_count_the_notebooks_and_the_sessions():
    notebooks = len(list(readme.NOTEBOOKS.glob("[0-9]*.ipynb")))
    plan = readme.ROOT / "instructor" / "sessions.toml"
    sessions = len(tomllib.loads(plan.read_text("utf-8"))["session"])
    said = {
        "README.md": f"{notebooks} Jupyter notebooks",
        "tools/book/index.md": f"{notebooks} notebooks",
        "instructor/guide.md": f"{sessions} sessions of 45 minutes",
        "instructor/why.md": f"{sessions} sessions of 45 minutes",
    }
    for name, words in said.items():
        assert words in (readme.ROOT / name).read_text("utf-8"), f"{name}: {words}"


def test_an_address_makes_badges_and_a_clone():
    where = "https://github.com/someone/course"
    first = f"someone/course/blob/main/notebooks/{readme.FIRST}"
    assert first in readme.badges(where)
    assert first in readme.road(readme.NOTEBOOKS / readme.FIRST, where)
    assert readme.run_it(readme.FIRST, "") == ""
    links = re.findall(r"\((\S+)\)", readme.run_it(readme.FIRST, where))
    assert len(links) == 3 and all("someone/course/" in link for link in links)
    assert f"git clone --quiet --depth 1 {where} " in readme.colab_cell(where)
    assert "tensorflow" not in readme.colab_cell(where)
    assert "[colab]" in readme.colab_cell(where)


def test_what_colab_gets_is_pinned_as_here_and_nothing_that_it_has():
    project = tomllib.loads((readme.ROOT / "pyproject.toml").read_text("utf-8"))
    extra = project["project"]["optional-dependencies"]["colab"]
    wanted = (readme.ROOT / "requirements.txt").read_text("utf-8").split()
    theirs = (readme.ROOT / ".ci" / "colab.txt").read_text("utf-8")
    assert all(package in wanted for package in extra)
    assert not any(package.split("==")[0] in theirs for package in extra)


def test_a_missing_mark_is_named():
    with pytest.raises(ValueError, match="mark 'badges' once, not 0 times"):
        readme.fill("no marks here", "badges", "x")
