"""Branches are counted in subprocesses too, and one that no test takes is a finding."""

import pytest

from tools.prove import coverage

MODULE = """def sign(x):
    if x < 0:
        return -1
    return 1


if __name__ == "__main__":
    print(sign(-1))
"""
HALF = "from helpers.sign import sign\n\n\ndef test_sign():\n    assert sign(3) == 1\n"
WHOLE = (
    HALF
    + """

def test_program():
    import subprocess, sys
    said = subprocess.run([sys.executable, "-m", "helpers.sign"], capture_output=True)
    assert said.stdout.split() == [b"-1"]
"""
)


@pytest.fixture
def tree(tmp_path):
    for name in ("helpers", "app"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "helpers" / "sign.py").write_text(MODULE)
    return tmp_path


def test_a_branch_that_no_test_takes_breaks_the_promise(tree):
    (tree / "test_sign.py").write_text(HALF)
    half = coverage.measured(tree, ["test_sign.py"])
    assert (half["taken"], half["branches"]) == (2, 4)
    assert half["low"] == {"helpers/sign.py": "2/4"}
    assert half["failed"] == ["50.0 % of the branches are taken, 95 % are promised"]
    (tree / "test_sign.py").write_text(WHOLE)
    whole = coverage.measured(tree, ["test_sign.py"])
    assert (whole["taken"], whole["branches"], whole["failed"]) == (4, 4, [])
    assert coverage.figure([whole]).startswith("4 of 4 branches, 100.0 %; ")


def test_tests_that_cannot_run_are_no_coverage(tree):
    found = coverage.measured(tree, ["test_nowhere.py"])
    assert found["failed"] == ["pytest ended with status 4"]


AN_END = "import atexit, os\natexit.register(os.kill, os.getpid(), 9)\n"
CUT = "def test_cut():\n    import os\n    os.kill(os.getpid(), 9)\n"


def test_a_worker_that_is_killed_at_its_end_has_saved(tree):
    """As xdist does with one whose threads do not end: atexit is never reached."""
    (tree / "test_sign.py").write_text(AN_END + WHOLE)
    found = coverage.measured(tree, ["test_sign.py", "-n1"])
    assert (found["taken"], found["branches"], found["failed"]) == (4, 4, [])


def test_a_worker_that_is_killed_in_a_test_is_said_and_keeps_the_files_before(tree):
    (tree / "test_sign.py").write_text(WHOLE)
    (tree / "test_then.py").write_text(CUT)
    found = coverage.measured(tree, ["test_sign.py", "test_then.py", "-n1"])
    assert found["taken"] == 4
    assert found["failed"] == ["processes of the tests that ended before they saved: 1"]
