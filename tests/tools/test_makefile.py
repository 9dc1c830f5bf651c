"""`make` sets the course up where it is, wherever it has been before."""

import os
import re
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
    (folder / "app" / "model").mkdir(parents=True)
    (folder / "app" / "model" / "fast_cnn_cifar10.json").touch()
    return folder


def made(folder, *asked, **settings):
    """Return what `make` says there, with these settings in its environment."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    run = ["make", "-s", *asked]
    done = subprocess.run(
        run, cwd=folder, env=kept | settings, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def setup(folder, python="./python"):
    """Return what `make setup` says there."""
    return made(folder, "setup", f"PYTHON={python}")


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


TEXT = (ROOT / "Makefile").read_text(encoding="utf-8")
GOALS = " ".join(re.findall(r"^\.PHONY: ([a-z].*)$", TEXT, re.MULTILINE)).split()
READ = set(re.findall(r"\$\((?:if \$\()?([A-Z_]+)\b", TEXT))
ASKED = {
    "AGAIN": "prove",
    "GRID": "search",
    "JOBS": "prove",
    "LAB_OPTIONS": "lab",
    "MODEL": "app",
    "NB": "refresh html questions print slides test-colab",
    "NBVAL_OPTIONS": "test",
    "PORT": "app serve",
    "PRECISION": "bench bench-full",
    "PRESET": "precisions",
    "PROMISE": "prove",
    "SEEDS": "search precisions",
    "STUDY": "experiments",
    "UPGRADE": "lock",
}


def test_a_name_in_a_users_environment_is_not_asked_of_make(course):
    """`MODEL` and `PORT` are settings of other programs; PYTHON may choose a Python."""
    assert set(ASKED) < READ and len(GOALS) > 30
    foreign = dict.fromkeys(READ - {"MAKE", "PYTHON"}, "somebody/else's")
    said = made(course, "-n", *GOALS, "PYTHON=./python", **foreign)
    assert "somebody" not in said and "--port 8000" in said and "--again" not in said
    assert said == made(course, "-n", *GOALS, "PYTHON=./python")


def test_notebooks_named_in_the_environment_are_said_not_to_count(course):
    """`NB=02 make refresh` would execute them all."""
    run = ["make", "-n", "refresh", "PYTHON=./python"]
    for settings, said in [
        ({"NB": "02"}, "NB=02 of your environment does not"),
        ({}, ""),
    ]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
        done = subprocess.run(
            run, cwd=course, env=kept | settings, capture_output=True, text=True
        )
        assert (said in done.stderr) and bool(done.stderr) == bool(said)


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_on_makes_own_line_reaches_its_program(course, name):
    for goal in ASKED[name].split():
        said = made(course, "-n", goal, f"{name}=chosen", "PYTHON=./python")
        assert ("--again" if name == "AGAIN" else "chosen") in said, goal


def test_other_pythons_have_environments_of_their_own(course):
    foreign = {"VENV": "mine", "PYTHONS": "2.7", "NBVAL_OPTIONS": "mine"}
    said = made(course, "-n", "test-pythons", "PYTHONS=3.12", **foreign)
    assert "-m venv .venv-3.12\n" in said and "mine" not in said
    assert ".venv-3.12/bin/python -m tools.check_notebooks --part-1" in said


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
