"""Branches are counted in subprocesses too, and one that no test takes is a finding."""

import pytest

from tools.prove import coverage, store

MODULE = """def sign(x):
    if x < 0:
        return -1
    return 1


if __name__ == "__main__":
    print(sign(-1))
"""
HALF = "from helpers.sign import sign\n\n\ndef test_sign():\n    assert sign(3) == 1\n"
REST = """def test_program():
    import subprocess, sys
    said = subprocess.run([sys.executable, "-m", "helpers.sign"], capture_output=True)
    assert said.stdout.split() == [b"-1"]
"""
WHOLE = f"{HALF}\n\n{REST}"


@pytest.fixture
def tree(tmp_path):
    for name in ("helpers", "app"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "helpers" / "sign.py").write_text(MODULE)
    return tmp_path


def measured(tree, tests):
    data = tree / "kept" / "data"
    found = coverage.counted(tree, tests, data)
    return coverage.together(tree, [data]) | found if data.exists() else found


def test_a_branch_that_no_test_takes_breaks_the_promise(tree):
    (tree / "test_sign.py").write_text(HALF)
    assert not coverage.counted(tree, ["test_sign.py"], tree / "half")["failed"]
    half = coverage.together(tree, [tree / "half"])
    assert (half["taken"], half["branches"]) == (2, 4)
    assert half["low"] == {"helpers/sign.py": "2/4"}
    assert half["failed"] == ["50.0 % of the branches are taken, 95 % are promised"]
    (tree / "test_rest.py").write_text(REST)
    assert not coverage.counted(tree, ["test_rest.py"], tree / "rest")["failed"]
    whole = coverage.together(tree, [tree / "half", tree / "rest"])
    assert (whole["taken"], whole["branches"], whole["failed"]) == (4, 4, [])
    said = coverage.figure([{"failed": []}, whole])
    assert said.startswith("4 of 4 branches, 100.0 %; ")
    assert coverage.figure([{"failed": []}]) == "counted, not yet put together"


def test_tests_that_cannot_run_are_no_coverage(tree):
    found = measured(tree, ["test_nowhere.py"])
    assert found["failed"] == ["pytest ended with status 4"]


AN_END = "import atexit, os\natexit.register(os.kill, os.getpid(), 9)\n"
CUT = "def test_cut():\n    import os\n    os.kill(os.getpid(), 9)\n"


def test_a_worker_that_is_killed_at_its_end_has_saved(tree):
    """As xdist does with one whose threads do not end: atexit is never reached."""
    (tree / "test_sign.py").write_text(AN_END + WHOLE)
    found = measured(tree, ["test_sign.py", "-n1"])
    assert (found["taken"], found["branches"], found["failed"]) == (4, 4, [])


def test_a_worker_that_is_killed_in_a_test_is_said_and_keeps_the_files_before(tree):
    (tree / "test_sign.py").write_text(WHOLE)
    (tree / "test_then.py").write_text(CUT)
    found = measured(tree, ["test_sign.py", "test_then.py", "-n1"])
    assert found["taken"] == 4
    assert found["failed"] == ["processes of the tests that ended before they saved: 1"]


def test_every_room_of_the_tests_is_counted_or_is_one_of_other_rooms():
    rooms = {path.parent.name for path in store.ROOT.glob("tests/*/test_*.py")}
    named = {step.removeprefix("tests/") for step in coverage.steps()}
    assert named - {"tests", coverage.TOGETHER} == rooms - {*coverage.ELSEWHERE}
    assert str(store.ROOT / "tests" / "test_layers.py") in coverage.tests("tests")


def test_the_last_step_counts_what_is_not_here(monkeypatch, tree):
    (tree / "test_sign.py").write_text(HALF)
    (tree / "test_rest.py").write_text(REST)
    monkeypatch.setattr(coverage, "DATA", tree / "kept")
    monkeypatch.setattr(coverage, "steps", lambda: ["sign", "rest", coverage.TOGETHER])
    monkeypatch.setattr(coverage, "tests", lambda room: [f"test_{room}.py"])
    monkeypatch.setattr(coverage.store, "ROOT", tree)
    assert coverage.run("sign") == {"failed": []}
    found = coverage.run(coverage.TOGETHER)
    assert (found["taken"], found["branches"], found["failed"]) == (4, 4, [])
