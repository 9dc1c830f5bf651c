"""The instructor's kit says what its sources say, and fits its time."""

import os
import re

import numpy as np
import pytest

from helpers import results
from helpers.checks import bank
from tests import browsers
from tests.notebooks.reading import PAGES, exercises, read
from tools import questions
from tools.kit import (
    FOLDER,
    module,
    notebooks,
    pages,
    paper,
    plan,
    syllabi,
    taught,
    worksheets,
)
from tools.kit.__main__ import FILES
from tools.kit.drawing import course_map, direct

SESSIONS = plan()["session"]


@pytest.mark.parametrize("name", FILES)
def test_the_generated_files_are_current(name):
    assert (FOLDER / name).read_text(encoding="utf-8") == FILES[name](), "run make kit"


def test_every_notebook_has_a_session_and_every_aim_is_taught():
    taught = {}
    for one in SESSIONS:
        taught.setdefault(one["notebook"], set()).update(one["aims"])
    assert sorted(taught) == [path.name[:2] for path in PAGES]
    for number, aims in taught.items():
        assert aims == set(range(1, len(notebooks()[number]["aims"]) + 1)), number


def test_every_vote_is_a_prediction_with_two_answers_or_more():
    for one in SESSIONS:
        assert 1 <= len(one["votes"]) <= 3
        for name in one["votes"] + one.get("more", []):
            assert bank.find(name).use == "prediction"
            assert pages.vote(name).count("\n  - ") >= 2
            assert pages.vote(name).count(": right") == 1 or (
                bank.find(name).kind == "choices"
            )


def test_a_vote_stands_in_its_half_of_the_notebook():
    for before, second in zip(SESSIONS, SESSIONS[1:], strict=False):
        if "begins" not in second:
            continue
        [path] = [p for p in PAGES if p.name[:2] == second["notebook"]]
        text = "\n".join(cell.source for cell in read(path).cells)
        halves = text.split(f"## {second['begins']}\n")
        for one, half in zip((before, second), halves, strict=True):
            asked = set(re.findall(r'checks\.check\("([\d.]+)"', half))
            votes = one["votes"] + one.get("more", [])
            own = {name for name in votes if name[:2] == second["notebook"]}
            assert own and own <= asked, (path.name, one["part"])


def test_a_worksheet_says_what_its_rows_and_columns_are_and_so_does_its_key():
    """Some tasks give their numbers there alone."""
    for number, one in enumerate(SESSIONS, 1):
        tasks = worksheets.tasks()[worksheets.name(one)]
        told = worksheets.told(number).split("<details>")
        for task in tasks:
            for name in map(str, task.get("across", []) + task.get("down", [])):
                for part in (*told, worksheets.sheet(number), worksheets.key(number)):
                    assert name in part, (number, name)


def test_a_keys_numbers_stand_in_rows():
    """Right behind its number a block of numbers would run on as text."""
    for number, one in enumerate(SESSIONS, 1):
        tasks = worksheets.tasks()[worksheets.name(one)]
        values = [worksheets.answer(task) for task in tasks if "answer" in task]
        grids = sum(np.ndim(value) > 1 for value in values)
        shown = paper.MARKDOWN(worksheets.key(number))
        assert shown.count("<pre>") + shown.count("<table>") >= grids, number


def test_a_session_has_the_letters_of_the_projector():
    """Of what is shown to the room; what else was said has none."""
    for one in SESSIONS:
        for name in one["votes"] + one.get("more", []):
            item = bank.find(name)
            told = re.findall(r"\n  - ([A-H1-8]): (.+)", pages.vote(name))
            shown = [option.text for option in questions.four(item)]
            assert [letter for letter, _ in told] == [*questions.marks(item)][
                : len(shown)
            ]
            assert all(
                t.startswith(s + ": ") for (_, t), s in zip(told, shown, strict=True)
            )
            assert pages.vote(name).count("also said, ") == (
                len(questions.options(item)) - len(shown)
            )


def test_a_session_is_forty_five_minutes_with_its_votes():
    for number, one in enumerate(SESSIONS, 1):
        told = pages.session(number, one)
        spent = [
            int(n) for n in re.findall(r"^\| [a-z]+, (\d+) min \|", told, re.MULTILINE)
        ]
        assert len(spent) == 4 and sum(spent) == pages.MINUTES and min(spent) >= 4
        voted = re.search(r"^\| votes, (\d+) min \| (.+?), each", told, re.MULTILINE)
        assert int(voted[1]) == pages.VOTE * len(voted[2].split(", "))
        late = re.search(r"^\| (\d+) minutes gone", told, re.MULTILINE)
        assert int(late[1]) == spent[0] + spent[1] and one["cut"] in told


def test_a_syllabus_fits_its_time_and_the_longest_holds_all():
    for one in plan()["syllabus"]:
        used = syllabi.held(one)
        assert used == sorted(set(used)) and syllabi.syllabus(one)
        with pytest.raises(
            ValueError, match=f"{one['name']}: {45 * len(used)} minutes"
        ):
            syllabi.syllabus(one | {"minutes": 45 * len(used) - 1})
    assert sorted(used + one["home"]) == list(range(1, len(SESSIONS) + 1))
    assert 45 * len(used) <= one["minutes"] - 3 * 90  # catch up, project, exam
    assert max(len(day) for day in one["days"] if not isinstance(day, str)) == 2


def test_a_notebook_of_two_sessions_is_run_and_read_once():
    halves = [n for n, one in enumerate(SESSIONS, 1) if one["notebook"] == "02"]
    measured = results.read("memory")["notebooks"]["02_convolution"]["seconds"]
    cells = [cell.strip() for cell in syllabi.row(1, halves).split("|")]
    home = notebooks()["02"]["minutes"]
    assert cells[3:6] == [str(2 * pages.MINUTES), str(measured), str(home)]


def test_what_a_syllabus_leaves_out_but_leans_on_is_said_instead():
    found = {one["name"]: syllabi.untaught(one) for one in plan()["syllabus"]}
    assert found["Half a day"] == {"01": ["02"], "03": ["04"], "09": ["10"]}
    assert not found["A term"]
    needed = {name for each in found.values() for name in each}
    assert needed == plan()["instead"].keys()
    for one in plan()["syllabus"]:
        told = syllabi.syllabus(one)
        assert told.count("\n- ") == len(found[one["name"]])
        assert all(plan()["instead"][name] in told for name in found[one["name"]])


def test_the_module_adds_up_and_marks_what_nobody_measured():
    spent, plans, term = module.hours(), plan()["module"], module.term()
    declared = sum(page["minutes"] for page in notebooks().values())
    assert spent["reading 21 notebooks, as declared (estimate)"] == declared / 60
    many = sum(len(exercises(read(path))) for path in PAGES)
    asked = sum(page["exercise_minutes"] for page in notebooks().values())
    assert f"{many} exercises, as long as they declare (estimate)" in spent
    minutes = [term["minutes"], declared, asked]
    estimates = [plans["project_hours"], plans["exam_hours"]]
    assert [*spent.values()] == [*(each / 60 for each in minutes), *estimates]
    text = module.module()
    assert f"| **together** | **{sum(spent.values()):.0f}** |" in text
    assert text.count("(estimate)") == 4
    least, most = re.search(r"that is ([\d.]+) to ([\d.]+) points", text).groups()
    assert 25 * float(most) == pytest.approx(sum(spent.values()), abs=2)
    assert 30 * float(least) == pytest.approx(sum(spent.values()), abs=2)
    largest = max(one["mb"] for one in results.read("memory")["notebooks"].values())
    assert f"{largest / 1024:.1f} GB of free\nmemory" in text
    for aim in plans["aims"]:
        name, number = aim.split(".")
        taught = [SESSIONS[n - 1] for n in syllabi.held(module.term())]
        assert any(
            one["notebook"] == name and int(number) in one["aims"] for one in taught
        )


COUNTED = "half one two three four five six ten fifteen twenty".split()
COUNTED = dict(zip(COUNTED, (0.5, 1, 2, 3, 4, 5, 6, 10, 15, 20), strict=True))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_computer_needs_about_as_long_as_was_measured(path):
    """Within what machines and days differ by; the most, where a range is given."""
    says = r"the computer needs ([\w ]+?)(?: on two cores)?[.,;]"
    words = re.search(says, read(path).cells[0].source)[1].split()
    numbers = [int(w) if w.isdigit() else COUNTED.get(w) for w in words]
    *_, last = [number for number in numbers if number]
    most = last + (numbers[0] if "and" in words else 0)  # one and a half
    seconds = most if "seconds" in words else 60 * most
    measured = results.read("memory")["notebooks"][path.stem]["seconds"]
    assert measured / 2.5 <= seconds <= 3 * measured + 10


def test_what_is_taught_earlier_comes_earlier():
    """In a full syllabus no notebook comes before one that it needs."""
    for one in plan()["syllabus"][2:]:
        seen = {*syllabi.untaught(one)}
        for number in syllabi.held(one):
            wanted = set(direct(notebooks()[SESSIONS[number - 1]["notebook"]]["needs"]))
            assert wanted <= seen, (one["name"], number)
            seen |= {*taught(SESSIONS[number - 1])}


def test_the_map_draws_every_need():
    drawn = course_map()
    wanted = sum(len(direct(page["needs"])) for page in notebooks().values())
    assert drawn.count("<path d=") == wanted + 1  # and the tip
    assert drawn.count("<rect") == len(PAGES)
    assert direct(["01", "06"]) == ["06"] and direct(["06", "07", "08"]) == ["07", "08"]


def test_no_arrow_of_the_map_runs_at_its_edge():
    ways = re.findall(r'^<path d="M([^"]+)"/>', course_map(), re.MULTILINE)
    across = [int(x) for way in ways for x in re.findall(r"(\d+),\d+", way)]
    assert min(across) >= 20 and "-" not in "".join(ways)


def test_links_of_the_kit_lead_to_files():
    for name in (
        "sessions",
        "worksheets",
        "syllabus",
        "module",
        "room",
        "guide",
        "why",
        "handouts",
    ):
        text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)", text):
            assert target.startswith("http") or (FOLDER / target).exists(), target


browser = pytest.mark.skipif(
    bool(browsers.missing("chromium")) and not os.environ.get("REQUIRE_BROWSER"),
    reason=browsers.missing("chromium") or "",
)


@browser
def test_a_handout_is_a_page_or_two_of_paper(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(paper, "TARGET", tmp_path / "build" / "print")
    paper.main(["02", "08"])
    paper.main(["02"])
    forms = "B", "B_key", "C", "C_key"
    found = {p.stem: p.read_bytes() for p in paper.TARGET.iterdir()}
    count = {name: data.count(b"/Type /Page\n") for name, data in found.items()}
    assert count.keys() == {
        *("02_handout", "08_handout", "02_sessions", "08_sessions"),
        *(f"02_worksheet_{n}{key}" for n in (2, 3) for key in ("", "_key")),
        *("08_worksheet_10", "08_worksheet_10_key"),
        *(f"{names}_form_{form}" for names in ("02", "02_08") for form in forms),
    }
    assert 1 <= count["02_handout"] <= 2 and 1 <= count["08_handout"] <= 2
    assert 2 <= count["02_sessions"] <= 4  # two sessions, each begins a page
    assert count["02_worksheet_2"] <= 2 and count["02_worksheet_2_key"] == 1
    with pytest.raises(SystemExit, match="no questions for 77; there are: 01"):
        paper.main(["77"])


@browser
def test_a_worksheet_is_one_leaf_of_paper_and_its_lines_can_be_written_on():
    with browsers.launched("chromium") as started:
        page = started.new_context(offline=True).new_page()
        for number in range(1, len(SESSIONS) + 1):
            page.set_content(paper.page("Worksheet", worksheets.sheet(number)))
            made = page.pdf(format="A4", margin=paper.MARGINS)
            assert made.count(b"/Type /Page\n") <= 2, number
            lines = page.evaluate(
                "[...document.querySelectorAll('hr')].map(hr => hr.offsetTop)"
            )
            gaps = [low - high for high, low in zip(lines, lines[1:], strict=False)]
            assert all(gap >= 28 for gap in gaps), number
            cells = page.evaluate(
                "[...document.querySelectorAll('td')].map(td => td.offsetHeight)"
            )
            assert all(height >= 24 for height in cells), number
