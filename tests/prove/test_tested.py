"""A promise that tests prove counts what passed, and breaks with one that fails."""

import os

import pytest

from tests import browsers
from tools.prove import tested

FILE = """import pytest
def test_a(): pass
@pytest.mark.parametrize("n", [1, 2])
def test_b(n): assert n < {limit}
def test_c(): pytest.skip("no browser")
"""


@pytest.fixture
def found(tmp_path):
    """Return what is found of a test file with this text."""

    def run(text):
        path = tmp_path / "test_it.py"
        path.write_text(text)
        return tested.run(str(path), f"--rootdir={tmp_path}")

    return run


def test_what_passes_is_counted(found):
    held = found(FILE.format(limit=3))
    assert held == {"passed": 3, "skipped": 1, "failed": []}
    assert tested.figure([held, held]) == "6 tests passed, 2 skipped"


def test_what_fails_is_named(found):
    broken = found(FILE.format(limit=2))
    assert broken["passed"] == 2
    (said,) = broken["failed"]
    assert said.endswith("test_it.test_b[2] failed")


@pytest.mark.skipif(os.name == "nt", reason="a program of the shell")
def test_the_browser_reaches_the_tests_and_its_version_the_figure(
    tmp_path, monkeypatch
):
    monkeypatch.delenv("REQUIRE_WEBKIT", raising=False)
    text = """import os
from tests import browsers
def test_it():
    assert browsers.CHOSEN == "firefox" and os.environ["REQUIRE_BROWSER"] == "1"
"""
    (tmp_path / "test_it.py").write_text(text)
    firefox = tmp_path / "firefox"
    firefox.write_text("#!/bin/sh\necho Mozilla Firefox 1.5\n")
    firefox.chmod(0o755)
    monkeypatch.setitem(browsers.NAMES, "firefox", (str(firefox),))
    held = tested.in_firefox(str(tmp_path / "test_it.py"))
    assert (held["passed"], held["skipped"], held["failed"]) == (1, 0, [])
    said = tested.figure_of_browser([held, held])
    assert said == "2 tests passed; Mozilla Firefox 1.5"
    monkeypatch.setitem(browsers.NAMES, "firefox", ("no-such-browser",))
    text = "def test_it(): assert not __import__('os').environ.get('REQUIRE_WEBKIT')"
    (tmp_path / "test_it.py").write_text(text)
    held = tested.in_firefox(str(tmp_path / "test_it.py"))
    assert held == {
        "passed": 1,
        "failed": [],
        "skipped": 0,
        "browser": "none installed",
    }
    assert tested.in_webkit(str(tmp_path / "test_it.py"))["failed"]


def test_a_browser_that_is_set_reaches_no_other_promise(found, monkeypatch):
    monkeypatch.setenv("TEST_BROWSER", "firefox")
    text = "def test_it(): assert __import__('os').environ['TEST_BROWSER'] == ''"
    assert found(text)["passed"] == 1


def test_tests_of_notebooks_find_nbval(found):
    text = "def test_it(pytestconfig): assert pytestconfig.option.nbval is False"
    assert found(text)["passed"] == 1


@pytest.mark.parametrize("text", ["", "def test_a(:", FILE.split("@")[0][:15]])
def test_a_run_in_which_nothing_passed_is_no_proof(found, text):
    assert found(text)["failed"]


def test_a_run_without_a_report_is_no_proof(tmp_path):
    missing = tested.counted(tmp_path / "report.xml", -9)
    assert missing == {"passed": 0, "failed": ["pytest ended with status -9"]}
