"""The import of helpers looks around once: whose copy this is, what would spoil it."""

import os
from types import SimpleNamespace

import pytest

import helpers


class Shell:
    """What of IPython's shell the import uses, and what it did with it."""

    kernel = custom_exceptions = None

    def __init__(self):
        self.said, self.drawn = [], []
        self.events = SimpleNamespace(
            register=lambda when, say: self.said.append((when, say)),
            unregister=lambda when, say: self.said.remove((when, say)),
        )

    def enable_matplotlib(self, name):
        self.drawn.append(name)

    def set_custom_exc(self, kinds, show):
        self.custom_exceptions = kinds


@pytest.fixture
def shell(monkeypatch, tmp_path):
    """Return the shell of a notebook in an empty folder, without settings."""
    found = Shell()
    monkeypatch.setattr(helpers, "_kernel", lambda: found)
    monkeypatch.setenv("MPLBACKEND", helpers.INLINE)
    monkeypatch.chdir(tmp_path)
    return found


@pytest.fixture
def copy(tmp_path):
    """Return another copy of the course, as far as it is looked at."""
    for name in ("helpers/__init__.py", "notebooks/01_images.ipynb"):
        (tmp_path / "copy" / name).parent.mkdir(parents=True)
        (tmp_path / "copy" / name).touch()
    (tmp_path / "copy" / "notebooks" / "solutions").mkdir()
    return tmp_path / "copy"


@pytest.mark.parametrize("inside", [".", "notebooks", "notebooks/solutions"])
def test_another_copy_is_refused_and_this_one_is_not(copy, inside):
    with pytest.raises(ImportError, match="but its environment runs the code in"):
        helpers._refuse_another_copy(copy / inside)
    helpers._refuse_another_copy(helpers.ROOT / inside)
    helpers._refuse_another_copy(copy.parent)


def test_names_of_libraries_are_said_and_the_courses_own_folder_is_not(
    copy, monkeypatch
):
    for name in ("abc.py", "mine.py", "zlib.py"):
        (copy / name).touch()
    found = [line.split()[0] for line in helpers._hidden(copy)]
    assert found == ["abc.py", "helpers", "zlib.py"]
    monkeypatch.setattr(helpers, "ROOT", copy)
    found = [line.split()[0] for line in helpers._hidden(copy)]
    assert found == ["abc.py", "zlib.py"]


@pytest.mark.parametrize("chosen", ["agg", "TkAgg", "pdf"])
def test_what_draws_elsewhere_is_overruled(shell, monkeypatch, chosen):
    monkeypatch.setenv("MPLBACKEND", chosen)
    helpers._look_around()
    assert shell.drawn == ["inline"] and os.environ["MPLBACKEND"] == helpers.INLINE


@pytest.mark.parametrize("chosen", ["module://mine", "inline", "Widget", "nbagg", None])
def test_what_draws_into_the_notebook_is_left_alone(shell, monkeypatch, chosen):
    monkeypatch.delenv("MPLBACKEND")
    if chosen:
        monkeypatch.setenv("MPLBACKEND", chosen)
    helpers._look_around()
    assert not shell.drawn and os.environ.get("MPLBACKEND") == chosen


def test_a_quiet_folder_is_worth_no_word_and_another_is_once(shell, tmp_path, capsys):
    helpers._look_around()
    assert shell.said == [] and shell.custom_exceptions == (AssertionError,)
    (tmp_path / "random.py").touch()
    helpers._look_around()
    [(when, say)] = shell.said
    say(None)
    assert when == "post_run_cell" and not shell.said
    said = capsys.readouterr().err
    assert said.startswith("random.py beside this notebook has the name of a library")


def test_a_folder_that_is_gone_stops_no_import(shell, monkeypatch):
    def gone():
        raise FileNotFoundError

    monkeypatch.setattr(helpers.Path, "cwd", gone)
    helpers._look_around()
    assert not shell.said and not shell.custom_exceptions
