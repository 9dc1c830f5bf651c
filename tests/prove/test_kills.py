"""Kills are real, and work that loses something to them is found out."""

import json
import os
import sys
import time

import pytest

from tools.prove import kills, kinds

pytestmark = pytest.mark.skipif(
    not hasattr(os, "setsid") or sys.platform == "win32", reason="kills of Unix"
)


@pytest.fixture(autouse=True)
def light(monkeypatch):
    """Start children with what the kinds below need, which is not Keras."""
    monkeypatch.setattr(kills, "PRELOADED", ["pytest", kinds.__name__])


def writes_in_place(folder):
    """Write a file in place, slowly."""

    def work():
        with open(folder / "old.json", "w") as file:
            for part in ("[", "1", "]"):
                time.sleep(0.1)
                file.write(part)
                file.flush()
            time.sleep(0.01)

    return work


def leaves_a_file(folder):
    """Write a whole file, and another that no later run sweeps."""

    def work():
        (folder / f"rest.{os.getpid()}").touch()
        time.sleep(0.2)
        (folder / "old.json").write_text("[1]")

    return work


def removes_first(folder):
    """Remove the older file, and write the new one later."""

    def work():
        (folder / "old.json").unlink(missing_ok=True)
        time.sleep(0.3)
        (folder / "old.json").write_text("[1]")

    return work


def begins_anew(folder):
    """Write one result, and remove it before there are two."""

    def work():
        path = folder / "old.json"
        if not path.exists():
            path.write_text("[1]")
            time.sleep(0.2)
        path.unlink()
        time.sleep(0.2)
        path.write_text("[1]")

    return work


def seen(folder):
    """Return the file; a fault where it is half."""
    path = folder / "old.json"
    if not path.is_file():
        return {}
    try:
        return {path.name: json.loads(path.read_text())}
    except ValueError:
        return {"faults": ["half a file"]}


def test_answers_survive_real_kills():
    found = kills.run("progress", "1", 3)
    assert found["failed"] == [] and found["kills"] == 3 == len(found["at"])
    assert all(0 <= moment <= found["of"] for moment in found["at"])


def test_downloads_survive_real_kills():
    assert kills.run("download", "1", 2)["failed"] == []


@pytest.mark.parametrize(
    "work, replaces, says",
    [
        (writes_in_place, True, "after the kill: half a file"),
        (leaves_a_file, True, "was left"),
        (removes_first, True, "after the kill: old.json was lost"),
        (begins_anew, False, "after the kill: old.json was lost"),
    ],
)
def test_work_that_loses_or_leaves_something_is_found_out(
    monkeypatch, work, replaces, says
):
    planted = kinds.Kind("Bad work", work, seen, ("old.json",), replaces=replaces)
    monkeypatch.setitem(kinds.KINDS, "planted", planted)
    found = kills.run("planted", "1", 6)
    assert any(says in fault for fault in found["failed"]), found


def test_the_promises_make_two_hundred_kills():
    steps = [len(promise.steps()) for promise in kills.PROMISES]
    assert kills.TIMES * sum(steps) >= 200


def test_a_figure_counts_kills_and_what_was_lost():
    lost = ["saving, 0.1 s: x was lost", "saving, 0.1 s: y was lost"]
    lost += ["saving, 0.2 s: x was lost"]
    found = [{"kills": 10, "failed": []}, {"kills": 10, "failed": lost}]
    assert kills.figure(found) == "20 kills, 2 lost anything"
