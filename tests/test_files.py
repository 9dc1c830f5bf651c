"""A file has one writer at a time, and is whole or the old one."""

import errno
import os
import subprocess
import sys
import threading
import time

import pytest

from helpers import files
from tests import disks


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "notes [1].txt"
    path.write_text("old")
    with pytest.raises(OSError, match="full"), files.beside(path) as part:
        part.write_text("ne")
        raise OSError("full")
    assert path.read_text() == "old"
    with files.beside(path) as part:
        part.write_text("new")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["notes [1].txt"]


def test_what_killed_writers_left_is_swept_and_nothing_else(tmp_path):
    path = tmp_path / "notes [1].txt"
    old = time.time() - 4000
    names = (".notes [1].77.txt", ".notes [1].7x.txt", ".notes 1.7.txt", "notes.7.txt")
    for name in (*names, ".notes [1].78.txt"):
        (tmp_path / name).write_text("half")
        if not name.endswith("78.txt"):  # that one may be at work
            os.utime(tmp_path / name, (old, old))
    with files.beside(path) as part:
        part.write_text("new")
    left = {p.name for p in tmp_path.iterdir()}
    assert left == {path.name, ".notes [1].78.txt", *names[1:]}
    with files.alone(path):  # nobody else may be
        assert not (tmp_path / ".notes [1].78.txt").exists()


def test_a_file_is_held_once_and_let_go_without_a_trace(tmp_path):
    path = tmp_path / "run.npz"
    with files.alone(path):
        says = "run.npz is in use by this notebook: stop that one first"
        with pytest.raises(BlockingIOError, match=says), files.alone(path):
            pass
    with files.alone(path):
        pass
    assert os.listdir(tmp_path) == []


def test_what_is_shared_is_held_by_one_process(tmp_path):
    path = tmp_path / "run.npz"
    locks = [files.hold(path, shared=True) for _ in range(2)]
    program = """
import pathlib, sys
from helpers import files
try:
    files.hold(pathlib.Path(sys.argv[1]))
except BlockingIOError as error:
    print(error)
"""
    run = [sys.executable, "-c", program, str(path)]
    for lock in locks:
        said = subprocess.run(run, capture_output=True, text=True, check=True).stdout
        assert f"run.npz is in use by process {os.getpid()}" in said
        files.let_go(lock)
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert said == ""


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_written(tmp_path):
    for path, says in [
        (tmp_path / "a.txt", r'a.txt must end in ".npz"'),
        (tmp_path / "no" / "a.npz", "a.npz cannot be written: .*no is no folder"),
        (tmp_path, "cannot be written: it is a folder"),
    ]:
        with pytest.raises(ValueError, match=says):
            files.check(path, ".npz" if path.suffix else None)
    files.check(tmp_path / "a.npz", ".npz")
    assert os.listdir(tmp_path) == []


def unwritable(tmp_path):
    """Return a folder where this user, even root, cannot write."""
    tmp_path.chmod(0o500)
    return tmp_path if not os.access(tmp_path, os.W_OK) else "/proc"


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes")
def test_a_folder_without_the_right_to_write_is_named(tmp_path):
    path = files.Path(unwritable(tmp_path)) / "run.npz"
    with pytest.raises(ValueError, match="run.npz cannot be written, .*: give a file"):
        files.check(path)


KILLED = """
import os, pathlib, sys
from helpers import files
moves, count = [], int(sys.argv[2])
def stop(move):
    def moved(*given):
        if len(moves) == count:
            os.kill(os.getpid(), 9)
        moves.append(move(*given))
    return moved
os.replace, os.rename = stop(os.replace), stop(os.rename)
first = pathlib.Path(sys.argv[1])
with files.together(first, first.with_suffix(".json")) as parts:
    for part in parts:
        part.write_text("new")
"""


@pytest.mark.parametrize("moves", range(4))
@pytest.mark.skipif(sys.platform == "win32", reason="no such kill")
def test_files_that_belong_together_are_all_old_or_all_new_after_a_kill(
    moves, tmp_path
):
    pair = [tmp_path / "mine.bin", tmp_path / "mine.json"]
    for path in pair:
        path.write_text("old")
    run = [sys.executable, "-c", KILLED, str(pair[0]), str(moves)]
    assert subprocess.run(run).returncode == (-9 if moves < 3 else 0)
    files.finish(pair[0])
    assert {path.read_text() for path in pair} == {"new" if moves else "old"}
    with files.together(*pair) as parts:
        for part in parts:
            part.write_text("newer")
    assert {path.read_text() for path in pair} == {"newer"}
    assert sorted(tmp_path.iterdir()) == pair


@pytest.mark.skipif(sys.platform == "win32", reason="no such kill")
def test_what_was_written_after_a_kill_is_not_replaced_by_what_was_ready(tmp_path):
    pair = [tmp_path / "mine.bin", tmp_path / "mine.json"]
    run = [sys.executable, "-c", KILLED, str(pair[0]), "1"]
    assert subprocess.run(run).returncode == -9
    for path in pair:
        path.write_text("by hand, since")
    files.finish(pair[0])
    assert {path.read_text() for path in pair} == {"by hand, since"}
    assert sorted(tmp_path.iterdir()) == pair


def write_both(pair: list, text: str) -> None:
    with files.together(*pair) as parts:
        for part in parts:
            part.write_text(text)


def test_a_folder_in_the_place_of_one_file_leaves_the_others_as_they_were(tmp_path):
    pair = [tmp_path / "mine.bin", tmp_path / "mine.json"]
    pair[0].write_text("old")
    pair[1].mkdir()
    says = "^mine.json cannot be written: it is a folder; nothing was changed$"
    with pytest.raises(OSError, match=says):
        write_both(pair, "new")
    assert pair[0].read_text() == "old" and sorted(tmp_path.iterdir()) == pair


@pytest.mark.parametrize("end", ["finish", "together"])
def test_a_file_that_is_open_elsewhere_is_replaced_by_the_next_call(
    end, tmp_path, monkeypatch
):
    """Windows lets nobody replace a file that another program holds open."""
    pair = [tmp_path / "mine.bin", tmp_path / "mine.json"]
    for path in pair:
        path.write_text("old")
    replace = os.replace

    def held(part, place):
        if place == pair[1]:
            raise PermissionError(13, "Permission denied", str(part), None, str(place))
        replace(part, place)

    monkeypatch.setattr(os, "replace", held)
    says = (
        "^mine.json cannot be replaced, Permission denied: close it where it is open, "
        "or move it away, and do the same again; what is new waits in .mine.bin.ready$"
    )
    for again in (write_both, write_both, lambda *_: files.finish(pair[0])):
        with pytest.raises(OSError, match=says):
            again(pair, "new")
        assert pair[1].read_text() == "old"
        assert (tmp_path / ".mine.bin.ready" / "mine.json").read_text() == "new"
    monkeypatch.undo()
    if end == "finish":
        files.finish(pair[0])
    else:
        write_both(pair, "new")
    assert {path.read_text() for path in pair} == {"new"}
    assert sorted(tmp_path.iterdir()) == pair


@pytest.mark.parametrize("write", [files.beside, files.together])
def test_what_a_scanner_holds_for_a_moment_is_moved_when_it_lets_go(
    write, tmp_path, monkeypatch
):
    """On Windows, for two seconds; a file that is held for good is said."""
    path, refused, replace = tmp_path / "mine.bin", [], os.replace
    path.write_text("old")
    monkeypatch.setattr(files, "PATIENCE", 2)

    def held(part, place):
        if len(refused) < 3:
            refused.append(place)
            raise PermissionError(13, "Access is denied", str(part), None, str(place))
        replace(part, place)

    def once(text):
        with write(path) as part:
            (part if write is files.beside else part[0]).write_text(text)

    monkeypatch.setattr(os, "replace", held)
    once("new")
    assert path.read_text() == "new" and len(refused) == 3
    monkeypatch.setattr(files, "PATIENCE", 0)
    refused.clear()
    with pytest.raises(OSError, match="cannot be written, Access is denied"):
        once("newer")
    assert path.read_text() == "new" and len(refused) == 1
    assert os.listdir(tmp_path) == ["mine.bin"]


def test_what_a_scanner_holds_for_a_moment_is_waited_for(monkeypatch):
    refused = []

    def held():
        if len(refused) < 3:
            refused.append(1)
            raise PermissionError(13, "Access is denied")
        return "done"

    monkeypatch.setattr(files, "PATIENCE", 2)
    assert files.patiently(held) == "done" and len(refused) == 3
    monkeypatch.setattr(files, "PATIENCE", 0)
    refused.clear()
    with pytest.raises(PermissionError):
        files.patiently(held)


@pytest.mark.parametrize("write", [files.beside, files.together])
def test_a_part_that_stays_refused_is_one_sentence_and_other_errors_pass(
    write, tmp_path, monkeypatch
):
    path = tmp_path / "mine.bin"
    path.write_text("old")

    def once():
        with write(path) as part:
            (part if write is files.beside else part[0]).write_text("new")

    def refused(number):
        name = os.readlink(f"/proc/self/fd/{number}")
        raise PermissionError(13, "Access is denied", name)

    if os.path.isdir("/proc/self/fd"):
        monkeypatch.setattr(os, "fsync", refused)
        with pytest.raises(OSError, match="^mine.bin cannot be written, Access is de"):
            once()

    def broken(number):
        raise OSError(errno.EIO, "Input/output error", number)

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output error"):
        once()
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["mine.bin"]


@pytest.mark.parametrize("write", [files.beside, files.together])
def test_the_disk_holds_a_file_before_it_gets_its_name(write, tmp_path, monkeypatch):
    path, done = tmp_path / "mine.bin", []
    sync, replace = os.fsync, os.replace

    def synced(number):
        done.append(("synced", os.fstat(number).st_ino, os.fstat(number).st_size))
        sync(number)

    def replaced(part, place):
        done.append(("moved", part.stat().st_ino, part.stat().st_size))
        replace(part, place)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    with write(path) as part:
        (part if write is files.beside else part[0]).write_text("new")
    (*_, last) = done
    assert last == ("moved", path.stat().st_ino, 3)
    assert ("synced", path.stat().st_ino, 3) in done[: done.index(last)]
    first_move = [kind for kind, *_ in done].index("moved")
    assert done[0][0] == "synced" and first_move > 0


def test_files_from_the_future_are_replaced_all_the_same(tmp_path):
    path = tmp_path / "mine.bin"
    path.write_text("old")
    os.utime(path, (time.time() + 7200,) * 2)
    with files.together(path) as [part]:
        part.write_text("new")
    assert path.read_text() == "new"


def test_an_error_leaves_files_that_belong_together_as_they_were(tmp_path):
    path = tmp_path / "mine.bin"
    path.write_text("old")
    with pytest.raises(ValueError), files.together(path) as [part]:
        part.write_text("ne")
        raise ValueError
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["mine.bin"]


def test_a_full_disk_is_one_sentence_and_the_old_file_stays(small_disk):
    path = small_disk / "mine.txt"
    path.write_text("old")
    disks.fill(small_disk, left=8192)
    says = "^mine.txt cannot be written, the disk is full: free some space; nothing"
    with pytest.raises(OSError, match=says), files.beside(path) as part:
        part.write_text("new" * 10_000)
    with pytest.raises(OSError, match=says), files.together(path) as [part]:
        part.write_text("new" * 10_000)
    assert path.read_text() == "old"
    assert sorted(os.listdir(small_disk)) == ["ballast", "mine.txt"]


def test_a_disk_that_cannot_be_written_is_one_sentence(read_only_disk):
    path = read_only_disk / "old.txt"
    says = "^old.txt cannot be written, Read-only file system: give a place that can be"
    for write in (files.beside, files.together):
        with pytest.raises(OSError, match=says), write(path) as part:
            (part[0] if isinstance(part, list) else part).write_text("new")
    assert path.read_text() == "old" and os.listdir(read_only_disk) == ["old.txt"]


def test_what_one_thread_holds_another_lets_go(tmp_path):
    path = tmp_path / "run.npz"
    held = []
    thread = threading.Thread(target=lambda: held.append(files.hold(path)))
    thread.start()
    thread.join()
    files.let_go(held[0])
    with files.alone(path):
        pass
    assert os.listdir(tmp_path) == []


def test_a_holder_that_does_not_say_its_number_is_another_program(tmp_path):
    path = tmp_path / "run.npz"
    lock = files.hold(path)
    lock_number = files.Path(lock.lock_file).with_suffix(".pid")
    lock_number.write_text("half a num")
    says = "run.npz is in use by another program: stop that one first"
    with pytest.raises(BlockingIOError, match=says):
        files.hold(path)
    files.let_go(lock)


@pytest.mark.skipif(sys.platform == "win32", reason="no such kill")
def test_a_part_that_was_written_since_a_kill_outlives_the_next_call(tmp_path):
    first, second = tmp_path / "mine.bin", tmp_path / "mine.json"
    run = [sys.executable, "-c", KILLED, str(first), "1"]
    assert subprocess.run(run).returncode == -9
    second.write_text("by hand, since")
    with files.together(first, second) as parts:
        parts[0].write_text("newer")
    assert first.read_text() == "newer" and second.read_text() == "by hand, since"


def test_an_error_of_another_file_passes_as_it_is(tmp_path):
    other = str(tmp_path / "no" / "other.txt")
    with pytest.raises(FileNotFoundError) as caught, files.beside(tmp_path / "a.txt"):
        open(other)
    assert caught.value.filename == other
