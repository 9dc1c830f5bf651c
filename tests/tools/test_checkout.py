"""What git lists of the course is there, and a copy of it is whole."""

import os
import shutil
import subprocess
import zipfile

import pytest

from tools import check_colab, checkout, editions

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="there is no git")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return a checkout of four files: one deleted, one new, one ignored, one runs."""
    root = tmp_path / "Kurs für Zoë"
    root.mkdir()
    for name in ("kept.py", "deleted.py", "run ü", "README.md"):
        (root / name).write_text(name)
    (root / "run ü").chmod(0o755)
    (root / ".gitignore").write_text("*.part\n")
    git = ["git", "-C", root]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    (root / "deleted.py").unlink()
    (root / "rooms").mkdir()
    for name in ("rooms/new.py", "rooms/half.part"):
        (root / name).write_text(name)
    for module in (checkout, check_colab, editions):
        monkeypatch.setattr(module, "ROOT", root)
    return root


KNOWN = [".gitignore", "README.md", "kept.py", "run ü"]


def test_what_is_listed_is_there(course):
    assert sorted(checkout.listed(new=False)) == KNOWN
    assert sorted(checkout.listed()) == sorted([*KNOWN, "rooms/new.py"])


def test_a_copy_is_whole_and_what_ran_runs(course, tmp_path):
    copy = checkout.copied(tmp_path / "copy")
    files = {str(p.relative_to(copy)) for p in copy.rglob("*") if p.is_file()}
    assert files == {*KNOWN, "rooms/new.py"}
    assert all((copy / name).read_text() == name for name in files - {".gitignore"})
    assert os.access(copy / "run ü", os.X_OK)
    assert not os.access(copy / "kept.py", os.X_OK)


def test_every_edition_and_colab_take_the_same_files(course, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    check_colab.prepare(tmp_path)
    with zipfile.ZipFile(tmp_path / "course.zip") as archive:
        packed = {name.removeprefix("course-main/") for name in archive.namelist()}
    assert packed == set(checkout.listed())
    assert dict(editions.content("instructor")).keys() == set(KNOWN)


@pytest.mark.parametrize("make", [lambda _: checkout.listed(), check_colab.prepare])
def test_where_git_knows_nothing_it_is_said_in_a_sentence(
    course, tmp_path, monkeypatch, make
):
    monkeypatch.setattr(checkout, "ROOT", tmp_path)  # no checkout
    with pytest.raises(SystemExit, match="^This needs a git checkout: clone"):
        make(tmp_path)
    empty = course / "unpacked here"
    empty.mkdir()
    monkeypatch.setattr(checkout, "ROOT", empty)  # in somebody's checkout
    with pytest.raises(SystemExit, match="^This needs a git checkout"):
        make(tmp_path)
