"""An environment is made anew, says what it holds, and says what failed in it."""

import shutil
import sys

import pytest

from tools.prove import store, versions

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(versions, "ENVIRONMENTS", tmp_path)
    return tmp_path


def test_an_environment_is_made_anew_and_listed(folder):
    """The packages are few and this checkout's own, so that no network is needed."""
    stale = folder / f"empty {HERE}" / "stale"
    stale.parent.mkdir()
    stale.touch()
    found = versions.run("empty", ["--no-index"], f"{HERE} install")
    if found["failed"]:  # pip with nothing to install
        assert found["failed"][0].startswith("ERROR: You must give at least one")
    assert not stale.exists()
    python = folder / f"empty {HERE}" / "bin" / "python"
    assert versions.versions(str(python)) == {}
    assert set(versions.SAID) < set(versions.versions(sys.executable))


def test_what_cannot_be_installed_is_said(folder):
    found = versions.run("odd", ["no-such-package", "--no-index"], f"{HERE} install")
    (said,) = found["failed"]
    assert "no-such-package" in said
    assert not (folder / f"odd {HERE}" / ".ready").exists()


def test_a_python_that_is_not_here_is_said():
    found = versions.run("odd", [], "2.0 tests")
    assert found["failed"] == [
        "python2.0 is not here, or makes no environment: install it"
    ]


def test_newest_takes_every_library_and_no_pin_of_it():
    takes = versions.newest()
    pinned = store.ROOT.joinpath("requirements.txt").read_text(encoding="utf-8")
    assert len(takes) - 3 == pinned.count("==") and not any("==" in x for x in takes)
    assert "tensorflow" in takes and "ipykernel<7" in takes
    assert set(versions.CAPS) <= set(pinned.replace("==", " ").split())


def test_book_and_slides_are_tested_too_not_skipped():
    extras = " ".join(versions.newest())
    assert "book" in extras and ".ci/book.lock" in versions.PINNED


def test_every_room_of_the_tests_is_a_step():
    rooms = {path.parent.name for path in store.ROOT.glob("tests/*/test_*.py")}
    steps = versions.steps(["3.11"], ["Parts 2 to 5"])
    assert {f"3.11 tests/{room}" for room in rooms - {"prove"}} <= set(steps)
    assert steps[0] == "3.11 install" and steps[-1] == "3.11 Parts 2 to 5"


def test_a_figure_names_what_was_installed():
    found = [
        {"versions": {"keras": "3.1", "numpy": "2.0"}, "failed": []},
        {"passed": 3, "failed": []},
        {"passed": 1, "cells": 1, "compared": 9, "failed": []},
    ]
    assert versions.figure(found) == (
        "1 environment, 4 tests passed, 9 outputs compared; keras 3.1, numpy 2.0"
    )
    assert versions.figure([{"versions": {}, "failed": ["x"]}]).startswith("0 env")


@pytest.mark.skipif(not shutil.which("python3"), reason="there is no python3")
def test_tests_run_in_the_environment_that_is_named(folder, monkeypatch):
    """A room passes there only with what is installed there: here nothing is."""
    (folder / f"bare {HERE}").mkdir()
    monkeypatch.setattr(versions, "install", lambda *_: "")
    inside = folder / f"bare {HERE}" / "bin"
    import venv

    venv.create(inside.parent, with_pip=False)
    found = versions.run("bare", [], f"{HERE} tests/photos")
    assert found == {"passed": 0, "failed": ["pytest ended with status 1"]}
