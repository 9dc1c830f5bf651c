"""`make` sets the course up where it is, wherever it has been before."""

import os
import shutil
import subprocess

import pytest

from tools.check_notebooks import NOTEBOOKS

ROOT = NOTEBOOKS.parent
pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
PYTHON = """#!/bin/sh
echo "$@" | cut -d ' ' -f 1-3
case "$*" in *venv*) mkdir -p .venv/bin; cp "$0" .venv/bin/python;; esac
"""


@pytest.fixture
def course(tmp_path):
    """Return a folder with what `make setup` reads, and a python that only talks."""
    folder = tmp_path / "it's a [course], 100 % $ü #1"
    folder.mkdir()
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "python").write_text(PYTHON)
    (folder / "python").chmod(0o755)
    return folder


def setup(folder, python="./python"):
    """Return what `make setup` says there."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    run = ["make", "-s", "setup", f"PYTHON={python}"]
    done = subprocess.run(run, cwd=folder, env=kept, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


AGAIN = "The course has moved, or is a copy: making its environment again.\n"


def test_once_is_enough(course):
    assert setup(course).endswith("-m venv .venv\n" + 2 * "-m pip install\n")
    assert setup(course) == ""


@pytest.mark.parametrize("python", ["{}/python", "{}/my own/python 3", "env ./python"])
def test_python_is_a_path_or_words(course, tmp_path, python):
    path = python.format(tmp_path)
    if path != python:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(course / "python", path)
    assert setup(course, path).endswith("-m venv .venv\n" + 2 * "-m pip install\n")


def test_a_renamed_folder_gets_a_new_environment(course):
    setup(course)
    (course / ".venv" / "stale").touch()
    moved = course.rename(course.with_name("renamed"))
    assert AGAIN in setup(moved)
    assert not (moved / ".venv" / "stale").exists()
    assert setup(moved) == ""


def test_a_copy_gets_its_own_and_leaves_the_other_alone(course):
    setup(course)
    other = course.with_name("copy")
    shutil.copytree(course, other, symlinks=True)
    assert AGAIN in setup(other)
    assert setup(other) == setup(course) == ""


def test_what_changed_is_installed_into_the_same_environment(course):
    setup(course)
    (course / ".venv" / "kept").touch()
    ready = (course / ".venv" / ".ready").stat().st_mtime
    os.utime(course / "requirements.txt", (ready + 5, ready + 5))
    assert AGAIN not in setup(course)
    assert (course / ".venv" / "kept").exists()


@pytest.mark.parametrize("home", [None, "", "/proc/nowhere"])
def test_without_a_home_there_is_one_in_build(course, monkeypatch, home):
    monkeypatch.setenv("HOME", home or "")
    if home is None:
        monkeypatch.delenv("HOME")
    assert setup(course).startswith("Your home folder cannot be written: using build/")
    assert (course / "build" / "home").is_dir()


def test_a_home_that_can_be_written_is_kept(course, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "home" not in setup(course)
    assert not list(tmp_path.glob(".cnn*"))


def test_another_python_is_refused_in_a_sentence(course):
    (course / "python").write_text("#!/bin/sh\nexit 1\n")
    run = ["make", "-s", "setup", "PYTHON=./python"]
    done = subprocess.run(run, cwd=course, capture_output=True, text=True)
    assert "The course needs Python 3.11, 3.12 or 3.13: make PYTHON=" in done.stdout


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no clone")
def test_a_clone_on_windows_has_the_same_bytes(tmp_path):
    """Git for Windows sets core.autocrlf: make, shells and hashes would stumble."""
    git = ["git", "-c", "core.autocrlf=true", "-c", "advice.detachedHead=false"]
    clone = [*git, "clone", "-q", "--shared", ROOT, tmp_path / "clone"]
    subprocess.run(clone, check=True)
    run = [*git, "ls-files", "--eol"]
    said = subprocess.run(
        run, cwd=tmp_path / "clone", capture_output=True, text=True, check=True
    )
    ends = [line.split()[:2] for line in said.stdout.splitlines()]
    assert len(ends) > 200
    assert {end for _, end in ends} <= {"w/lf", "w/-text", "w/none"}
    assert ["i/-text", "w/-text"] in ends  # models and pictures
