"""Settings that name folders, and the last resort, which anybody may have made."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from helpers import data
from helpers.data import cache, cifar10, folders
from tests.data.small import assert_is_small, load

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows has no modes")
NOBODY = """
import os, platformdirs, pwd
from helpers.data import folders
os.setuid(54321)
print(folders.usual())
print(folders.last_resort())
print(folders.writable())
print(folders.readable())
"""


@pytest.mark.parametrize("where", ["", "notebooks", "notebooks/solutions"])
def test_a_relative_path_starts_at_the_course(monkeypatch, where):
    monkeypatch.chdir(ROOT / where)
    for setting in ("CIFAR10_DIR", "CNN_COURSE_CACHE"):
        monkeypatch.setenv(setting, "build/stick")
        assert folders.named(setting) == ROOT / "build" / "stick"
    assert folders.usual() == ROOT / "build" / "stick"


def test_other_paths_stay_what_they_are(monkeypatch, tmp_path):
    for text, path in [
        (str(tmp_path), tmp_path),
        ("~/x", tmp_path / "x"),
        ("", None),
        (f'"{tmp_path}"', tmp_path),  # cmd.exe: set CIFAR10_DIR="D:\\cifar"
        ('""', None),
    ]:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        monkeypatch.setenv("CIFAR10_DIR", text)
        assert folders.named("CIFAR10_DIR") == path


def test_a_relative_local_copy_is_named_in_full(monkeypatch):
    monkeypatch.setenv("CIFAR10_DIR", "build/nowhere")
    whole = re.escape(str(ROOT / "build" / "nowhere"))
    with pytest.raises(ValueError, match=f"CIFAR10_DIR={whole} holds neither"):
        data.load_images()


def test_the_usual_folder_is_made_with_its_parents_and_used_again(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("CNN_COURSE_CACHE", str(tmp_path / "a" / "b"))
    for _ in range(2):
        assert folders.writable() == tmp_path / "a" / "b"
    assert folders.readable() == [tmp_path / "a" / "b"]  # there is no last resort
    assert os.name == "nt" or (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


@posix
@pytest.mark.skipif(
    posix.args[0] or os.geteuid() != 0, reason="only root can be nobody"
)
def test_who_has_neither_home_nor_name_gets_the_last_resort(monkeypatch):
    monkeypatch.undo()  # nobody may enter the tests' own temporary folder
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o777)
        environment = {"PATH": os.defpath, "TMPDIR": folder}
        run = [sys.executable, "-c", NOBODY]
        done = subprocess.run(
            run, cwd=ROOT, env=environment, capture_output=True, text=True
        )
        last = Path(folder, "cnn-course-54321")
        said = "The cache folder cannot be written: using the temporary folder."
        expected = [None, last, said, last, [last]]
        assert done.stdout.splitlines() == [str(line) for line in expected], done.stderr


@pytest.fixture
def last(monkeypatch, tmp_path):
    """Return the last resort's path, where the usual folder cannot be written."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNN_COURSE_CACHE", str(tmp_path / "file" / "cache"))
    return folders.last_resort()


def opened(last, elsewhere):
    last.mkdir()
    last.chmod(0o777)


def linked(last, elsewhere):
    last.symlink_to(elsewhere, target_is_directory=True)


def given_away(last, elsewhere):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    last.mkdir(mode=0o700)
    os.chown(last, 54321, 54321)


@posix
@pytest.mark.parametrize("planted", [opened, linked, given_away])
def test_what_a_stranger_planted_is_not_used(
    monkeypatch, tmp_path, small, mirrors, last, capsys, planted
):
    """Neither is a file there read, nor the link followed for writing."""
    mirrors("good")
    elsewhere = tmp_path / "the victim's own"
    elsewhere.mkdir(mode=0o700)
    planted(last, elsewhere)
    train, test = cifar10.read_local(official(tmp_path, small))
    cache.save(last / cache.CACHE, train, test)
    before = sorted((p, p.read_bytes()) for p in elsewhere.iterdir())
    assert not cache.exists() and cache.read() is None
    assert load().name == "digits"
    assert f"no folder can be written, and {last} is" in capsys.readouterr().out
    assert sorted((p, p.read_bytes()) for p in elsewhere.iterdir()) == before


def official(tmp_path, small):
    (tmp_path / "official").mkdir()
    for name, content in small.files.items():
        (tmp_path / "official" / name).write_bytes(content)
    return tmp_path / "official"


@posix
def test_the_last_resort_is_closed_to_others(small, mirrors, last, capsys):
    mirrors("good")
    assert_is_small(load(), small)
    assert last.stat().st_mode & 0o777 == 0o700
    assert cache.read()
