"""The instructor's kit says what its sources say, and fits its time."""

import os
import re

import pytest

from helpers.checks import bank
from tests import chromium
from tests.notebooks.reading import PAGES
from tools.kit import FOLDER, notebooks, pages, paper, plan
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
        assert one["votes"]
        for name in one["votes"]:
            assert bank.find(name).use == "prediction"
            assert pages.vote(name).count("\n  - ") >= 2
            assert pages.vote(name).count(": right") == 1 or (
                bank.find(name).kind == "choices"
            )


def test_a_syllabus_fits_its_time_and_the_longest_holds_all():
    for one in plan()["syllabus"]:
        used = [number for day in one["days"] for number in day]
        assert used == sorted(set(used)) and pages.syllabus(one)
        with pytest.raises(
            ValueError, match=f"{one['name']}: {45 * len(used)} minutes"
        ):
            pages.syllabus(one | {"minutes": 45 * len(used) - 1})
    assert used == list(range(1, len(SESSIONS) + 1))


def test_what_is_taught_earlier_comes_earlier():
    """In a full syllabus no notebook comes before one that it needs."""
    for one in plan()["syllabus"][2:]:
        seen = set()
        for day in one["days"]:
            for number in day:
                session = SESSIONS[number - 1]
                page = session["notebook"]
                wanted = set(direct(notebooks()[page]["needs"]))
                assert wanted <= seen or page == "19", (one["name"], number)
                seen |= {page} | ({"06"} if "06" in session.get("part", "") else set())


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
    for name in ("sessions", "syllabus", "room", "guide", "why", "handouts"):
        text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)", text):
            assert target.startswith("http") or (FOLDER / target).exists(), target


@pytest.mark.skipif(
    bool(chromium.missing()) and not os.environ.get("REQUIRE_BROWSER"),
    reason=chromium.missing() or "",
)
def test_a_handout_is_a_page_or_two_of_paper(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(paper, "TARGET", tmp_path / "build" / "print")
    paper.main(["02", "08"])
    found = {p.stem: p.read_bytes() for p in paper.TARGET.iterdir()}
    count = {name: data.count(b"/Type /Page\n") for name, data in found.items()}
    assert count.keys() == {
        *("02_handout", "08_handout", "02_sessions", "08_sessions"),
        *("form_A", "form_B", "form_A_key", "form_B_key"),
    }
    assert 1 <= count["02_handout"] <= 2 and 1 <= count["08_handout"] <= 2
    assert 2 <= count["02_sessions"] <= 4  # two sessions, each begins a page
    with pytest.raises(SystemExit, match="no questions for 77; there are: 01"):
        paper.main(["77"])
