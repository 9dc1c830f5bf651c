"""Progress is one file of this machine: lines are added, none is lost."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from helpers import checks
from helpers.checks import __main__ as program
from helpers.checks import bank, progress
from tests import disks


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    path = tmp_path / "progress.jsonl"
    monkeypatch.setenv("CNN_COURSE_PROGRESS", str(path))
    return path


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_blank_writes_nothing_and_prints_one_line(kept, capsys):
    checks.check("02.1", None)
    assert capsys.readouterr().out == "02.1: no answer yet\n"
    assert not kept.exists()


def test_answers_are_judged_and_noted(kept, capsys):
    item = bank.find("02.6")
    checks.check("02.6", item.wrong[0].answer)
    said = capsys.readouterr().out
    assert said.startswith("02.6: not yet. " + item.wrong[0].message)
    checks.check("02.6", item.right())
    assert capsys.readouterr().out == "02.6: right\n"
    assert lines(kept) == [
        {"item": "02.6", "right": False, "label": item.wrong[0].label},
        {"item": "02.6", "right": True, "label": ""},
    ]
    row = next(row for row in progress.table() if row.notebook == "02")
    assert (row.answered, row.right, row.at_once) == (1, 1, 0)
    uses = [
        getattr(bank.find(n), "use", "") for n in bank.everything() if n[:2] == "02"
    ]
    assert row.asked == sum(use in ("prediction", "task") for use in uses)
    assert progress.again() == {}


def test_a_short_name_is_that_of_the_same_question(kept, capsys):
    item = next(one for one in bank.read("02").values() if len(one.hints) == 2)
    checks.check(item.id[1:], item.right())
    assert [one["item"] for one in lines(kept)] == [item.id]
    for name in (item.id[1:], item.id):
        checks.hint(name)
    hints = [f"hint {n} of 2: {item.fill(h)}" for n, h in enumerate(item.hints, 1)]
    said = [f"{item.id}: right", *(f"{item.id}, {hint}" for hint in hints)]
    assert capsys.readouterr().out.splitlines() == said


def test_an_unreadable_answer_is_no_try(kept, capsys):
    checks.check("02.1", "many")
    assert "write a number" in capsys.readouterr().out and not kept.exists()


def test_a_mended_exercise_is_not_looked_at_again(kept):
    known = bank.find("02.exercise-1")
    checks.check(known.id, bank.compute("f", {}, known.wrong[0].code))
    assert progress.again() == {known.wrong[0].label: [known.id]}
    checks.check(known.id, right_sums)
    assert progress.again() == {} and lines(kept)[-1]["right"] is None


def right_sums(picture, kernel, stride):
    windows = np.lib.stride_tricks.sliding_window_view(picture, kernel.shape)
    return np.einsum("rcij,ij->rc", windows[::stride, ::stride], kernel)


def test_what_was_wrong_most_often_comes_first(kept):
    for name, label in [("02.1", "b"), ("02.2", "a"), ("02.3", "b"), ("02.4", "c")]:
        progress.note(name, False, label)
    assert [*progress.again()] == ["b", "a", "c"]


def test_a_name_that_steers_a_terminal_is_left_out(kept):
    for name, label in [("02.1\x1b[2J", "a"), ("02.1", "a\x1b[2J")]:
        progress.note(name, False, label)
    assert [(one["item"], one["label"]) for one in progress.tries()] == [("02.1", "")]


def test_progress_is_kept_in_folders_that_are_made_for_it(tmp_path, monkeypatch):
    path = tmp_path / "a" / "b" / "mine.jsonl"
    monkeypatch.setenv("CNN_COURSE_PROGRESS", str(path))
    assert progress.note("02.1", True) == "" and len(lines(path)) == 1


def test_a_relative_file_starts_at_the_course(monkeypatch):
    assert progress.DEFAULT == Path(__file__).parents[2] / "progress.jsonl"
    monkeypatch.setenv("CNN_COURSE_PROGRESS", "mine.jsonl")
    assert progress.path() == progress.DEFAULT.with_name("mine.jsonl")


def test_what_was_answered_wrong_last_is_looked_at_again(capsys):
    wrong = bank.find("02.6").wrong[0]
    checks.check("02.6", wrong.answer)
    program.main([])
    said = capsys.readouterr().out
    assert bank.labels()[wrong.label]["says"] in said


def test_two_notebooks_at_once_lose_nothing(kept):
    def work(name):
        for _ in range(200):
            progress.note(name, True)

    threads = [threading.Thread(target=work, args=(n,)) for n in ("02.1", "02.6")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(progress.tries()) == 400  # a blank line between two costs nothing


def test_half_a_line_costs_only_itself(kept):
    kept.write_text(
        '{"item": "02.1", "right": true, "label": ["a"]}\n[1]\n{"item": "02.'
    )
    progress.note("02.6", True)
    assert [one["item"] for one in progress.tries()] == ["02.1", "02.6"]


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CNN_COURSE_PROGRESS", str(tmp_path))
    checks.check("02.6", bank.find("02.6").right())
    said = capsys.readouterr().out
    assert said.startswith("02.6: right\n(Your progress is not kept")


def test_hints_come_in_steps(capsys):
    hints = bank.find("02.1").hints
    for _ in hints:
        checks.hint("02.1")
    checks.hint("02.1")
    said = capsys.readouterr().out.splitlines()
    assert len(said) == len(hints) + 1 and said[-1] == said[-2]
    assert all(hint in line for hint, line in zip(hints, said, strict=False))
    checks.hint("02.exercise-1")
    assert "no hint" in capsys.readouterr().out


def test_it_is_exported_and_forgotten_as_asked(kept, tmp_path, capsys):
    target = tmp_path / "mine.jsonl"
    with pytest.raises(SystemExit, match="nothing to export"):
        program.main(["--export", str(target)])
    progress.note("02.1", True)
    program.main(["--export", str(target)])
    assert target.read_text() == kept.read_text()
    missing = tmp_path / "nowhere" / "mine.jsonl"
    with pytest.raises(SystemExit, match="mine.jsonl cannot be written, No such"):
        program.main(["--export", str(missing)])
    with pytest.raises(SystemExit, match="is there already"):
        program.main(["--export", str(target)])
    program.main(["--forget"])
    assert not kept.exists() and target.exists()
    kept.mkdir()
    with pytest.raises(SystemExit, match="cannot be deleted: "):
        program.main(["--forget"])


def test_the_command_of_the_readme_runs():
    command = [sys.executable, "-m", "helpers.checks"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("notebook") and not done.stderr


def test_a_full_disk_is_said_in_one_sentence_and_loses_no_line(small_disk, monkeypatch):
    path = small_disk / "progress.jsonl"
    monkeypatch.setenv("CNN_COURSE_PROGRESS", str(path))
    assert progress.note("02.1", True) == ""
    disks.fill(small_disk)
    said = [progress.note("02.2", True) for _ in range(200)][-1]
    assert said == f"(Your progress is not kept: {path}: No space left on device.)"
    (small_disk / "ballast").unlink()
    assert progress.note("02.3", True) == ""
    noted = [one["item"] for one in progress.tries()]
    assert noted[0] == "02.1" and noted[-1] == "02.3"


def test_the_table_counts_each_notebook_and_says_where_to_look_again(capsys):
    wrong = bank.find("02.6").wrong[0]
    progress.note("02.6", False, wrong.label)
    program.main([])
    head, *rows = capsys.readouterr().out.splitlines()
    table = {row.notebook: row for row in progress.table()}
    shown = {row[:2]: row.split()[1:] for row in rows if row[2:3] == " "}
    assert head.split()[:4] == ["notebook", "questions", "answered", "right"]
    assert shown["02"] == [str(table["02"].asked), "1", "0", "0"]
    assert shown.keys() == table.keys()
    settled = next(row for row in rows if row.startswith("02.6: you may think: "))
    assert settled.endswith(f". See {bank.where(wrong.label)}.")


def test_a_label_that_is_settled_nowhere_sends_nowhere(capsys):
    progress.note("02.6", False, "no such label")
    program.main([])
    assert "02.6: you may think: no such label.\n" in capsys.readouterr().out


def test_forgetting_what_is_not_there_is_no_fault(capsys):
    program.main(["--forget"])
    assert capsys.readouterr().out == "Forgotten.\n"
