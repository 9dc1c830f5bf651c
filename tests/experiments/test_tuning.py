"""A study that goes on after a break, folds, and pixels that change places."""

import gc
import subprocess
import sys
import time
import warnings

import numpy as np
import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState

from helpers.data import Images
from helpers.experiments import tuning
from tests import disks
from tests.notebooks.reading import code, read
from tools.check_notebooks import NOTEBOOKS

SPACE = {
    "learning_rate": FloatDistribution(0.0001, 0.1, log=True),
    "dropout": FloatDistribution(0, 0.75),
}
ABOUT = {"data": "cifar10", "epochs": 8, "filters": (8, 16)}
optuna.logging.set_verbosity(optuna.logging.WARNING)


DONE = TrialState.COMPLETE


def some_trials(study, count):
    for _ in range(count):
        trial = study.ask(SPACE)
        study.tell(trial, trial.params["dropout"])


def test_a_study_goes_on_where_it_stopped_and_draws_nothing_twice(tmp_path):
    path = tmp_path / "study.log"
    some_trials(tuning.open_study(path, SPACE, ABOUT), 3)
    study = tuning.open_study(path, SPACE, ABOUT)
    assert len(study.trials) == 3
    some_trials(study, 3)
    assert len({trial.params["learning_rate"] for trial in study.trials}) == 6
    assert study.best_value == max(trial.params["dropout"] for trial in study.trials)
    del study
    gc.collect()
    assert [p.name for p in tmp_path.iterdir()] == ["study.log"]


def test_the_seed_decides_the_draws(tmp_path):
    drawn = []
    for number, seed in enumerate((0, 0, 5)):
        path = tmp_path / str(number)
        study = tuning.open_study(path, SPACE, ABOUT, seed=seed)
        some_trials(study, 2)
        drawn.append([trial.params for trial in study.trials])
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_killed_trial_is_done_again(tmp_path):
    """A program is really killed in the middle of its second trial."""
    path = tmp_path / "study.log"
    program = f"""
import os
from helpers.experiments import tuning
from tests.experiments.test_tuning import ABOUT, SPACE, some_trials
study = tuning.open_study({str(path)!r}, SPACE, ABOUT)
some_trials(study, 1)
study.ask(SPACE)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert done.returncode in (-9, 9), done.stderr.decode()
    study = tuning.open_study(path, SPACE, ABOUT)
    states = [trial.state for trial in study.trials]
    assert states == [TrialState.COMPLETE, TrialState.FAIL, TrialState.WAITING]
    cut_off = study.trials[1].params
    assert study.ask(SPACE).params == cut_off and len(cut_off) == 2


SECOND = """
import os, sys
from helpers.experiments import tuning
from tests.experiments.test_tuning import ABOUT, SPACE
study = tuning.open_study(sys.argv[1], SPACE, ABOUT)
trial = study.ask(SPACE)
print("ready", flush=True)
sys.stdin.readline()
study.tell(trial, 0.7)
"""


@pytest.mark.parametrize("end", ["told", "killed"])
def test_a_second_notebook_is_told_who_is_at_work_and_costs_the_first_nothing(
    tmp_path, end
):
    path = tmp_path / "study.log"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    command = [sys.executable, "-c", SECOND, str(path)]
    with subprocess.Popen(command, **pipes) as first:
        assert first.stdout.readline() == b"ready\n"
        before = path.read_bytes()
        says = f"study.log is in use by process {first.pid}: stop that one first"
        with pytest.raises(BlockingIOError, match=says):
            tuning.open_study(path, SPACE, ABOUT)
        assert path.read_bytes() == before
        if end == "killed":
            first.kill()
        else:
            first.communicate(b"\n")
    start = time.monotonic()
    study = tuning.open_study(path, SPACE, ABOUT)
    assert time.monotonic() - start < 5
    done = [(t.value, t.state) for t in study.trials if t.state != TrialState.WAITING]
    kept = (0.7, TrialState.COMPLETE) if end == "told" else (None, TrialState.FAIL)
    assert done == [kept]


def test_the_same_notebook_may_open_its_study_again(tmp_path):
    first = tuning.open_study(tmp_path / "study.log", SPACE, ABOUT)
    some_trials(first, 1)
    second = tuning.open_study(tmp_path / "study.log", SPACE, ABOUT)
    some_trials(second, 1)
    some_trials(first, 1)
    assert len(first.trials) == len(second.trials) == 3


def test_a_lock_that_a_killed_program_left_costs_no_wait(tmp_path):
    for name in ("study.log.lock", ".study.log.lock", ".study.log.pid"):
        (tmp_path / name).write_text("4194304")
    start = time.monotonic()
    some_trials(tuning.open_study(tmp_path / "study.log", SPACE, ABOUT), 1)
    assert time.monotonic() - start < 5


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    for path, says in [(tmp_path, "is a folder"), (tmp_path / "no/a.log", "no folder")]:
        with pytest.raises(ValueError, match=f"cannot be written: .*{says}"):
            tuning.open_study(path, SPACE, ABOUT)


def test_notebook_13_goes_through_twice_with_a_folder_that_stays(tmp_path):
    """And once more after an interruption within its third trial."""

    def one_trial(study):
        trial = study.ask(SPACE)
        given["asked"] += 1
        if given["asked"] == given.get("break"):
            raise KeyboardInterrupt
        trial.report(trial.params["dropout"], 1)
        study.tell(trial, trial.params["dropout"])

    sources = [cell.source for cell in code(read(NOTEBOOKS / "13_tuning.ipynb"))]
    starts = ("study_on_disk =", "reopened =", "for _ in tqdm(range(count_finished(re")
    cells = [next(s for s in sources if s.startswith(start)) for start in starts]
    given = {"tuning": tuning, "TrialState": TrialState, "one_trial": one_trial}
    given |= {"SPACE": SPACE, "ABOUT": ABOUT, "RULE": None, "tqdm": lambda x, **_: x}
    given |= {"path": tmp_path / "whole.log", "asked": 0, "print": lambda *_: None}
    given["count_finished"] = lambda s: sum(t.state == DONE for t in s.trials)
    for _ in range(3):
        for cell in cells:
            exec(cell, given)
        assert given["count_finished"](given["reopened"]) == 13
    given |= {"path": tmp_path / "cut.log", "asked": 0, "break": 3}
    with pytest.raises(KeyboardInterrupt):
        exec(cells[0], given)
    for cell in cells:
        exec(cell, given)
    assert given["count_finished"](given["reopened"]) == 13


def test_a_study_of_another_seed_is_refused(tmp_path):
    path = tmp_path / "study.log"
    some_trials(tuning.open_study(path, SPACE, ABOUT), 1)
    with pytest.raises(ValueError, match="another search, with seed = 0"):
        tuning.open_study(path, SPACE, ABOUT, seed=1)


def test_a_line_that_a_power_cut_left_half_written_does_no_harm(tmp_path):
    path = tmp_path / "study.log"
    some_trials(tuning.open_study(path, SPACE, ABOUT), 3)
    content = path.read_bytes()
    path.write_bytes(content[:-20])
    study = tuning.open_study(path, SPACE, ABOUT)
    some_trials(study, 2)  # the third, and one more
    again = tuning.open_study(path, SPACE, ABOUT)
    finished = again.get_trials(states=[TrialState.COMPLETE])
    assert len(finished) == 4


@pytest.mark.parametrize(
    ("space", "about", "says"),
    [
        (SPACE, {**ABOUT, "data": "digits"}, "another search, with about = .*cifar10"),
        (
            {"learning_rate": SPACE["learning_rate"]},
            ABOUT,
            "another search, with space = .*dropout",
        ),
    ],
)
def test_a_study_of_another_search_is_refused_and_left_alone(
    tmp_path, space, about, says
):
    path = tmp_path / "study.log"
    some_trials(tuning.open_study(path, SPACE, ABOUT), 1)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=says):
        tuning.open_study(path, space, about)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"my notes", b"my notes\n", bytes(range(256)), b"[1]\n", b'{"a": 1}\n']
)
def test_a_file_that_is_no_study_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="notes.txt is no study"):
        tuning.open_study(path, SPACE, ABOUT)
    assert path.read_bytes() == content


def test_folds_hold_out_each_image_once_and_keep_the_shares_of_classes():
    labels = np.repeat([0, 1, 2], [20, 30, 50])
    pairs = list(tuning.folds(labels, 5, repeats=2))
    assert len(pairs) == 10
    for repeat in (pairs[:5], pairs[5:]):
        held_out = np.concatenate([held for _, held in repeat])
        assert np.array_equal(np.sort(held_out), np.arange(100))
    for learned, held_out in pairs:
        assert not set(learned) & set(held_out) and len(learned) == 80
        assert np.bincount(labels[held_out]).tolist() == [4, 6, 10]
    assert set(pairs[0][1]) != set(pairs[5][1])
    again = next(tuning.folds(labels, 5, repeats=2))
    assert np.array_equal(again[1], pairs[0][1])


def test_folds_take_labels_as_keras_hands_them_out():
    labels = np.repeat([0, 1, 2], 4)
    column, flat = (list(tuning.folds(x, 2)) for x in (labels[:, None], labels))
    assert np.array_equal(column, flat)
    with pytest.raises(ValueError, match=r"\(12, 3\); one-hot"):
        tuning.folds(np.eye(3)[labels], 2)


@pytest.mark.parametrize("count", [1, 4, 10])
def test_too_many_folds_for_the_smallest_class_are_refused(count):
    labels = np.repeat(["cat", "dog"], [3, 30])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        says = f"{count} folds do not do: class cat has 3 images; .* from 2 to 3"
        with pytest.raises(ValueError, match=says):
            tuning.folds(labels, count)


def test_pixels_change_places_alike_in_all_images_and_lose_nothing():
    images = np.arange(2 * 4 * 4 * 3).reshape(2, 4, 4, 3).astype("uint8")
    shuffled = tuning.shuffle(Images(images, np.array([3, 4])), seed=0)
    assert (
        shuffled.images.shape == images.shape and not (shuffled.images == images).all()
    )
    for before, after in zip(images, shuffled.images, strict=True):
        rows = [np.sort(part.reshape(16, 3), axis=0) for part in (before, after)]
        assert np.array_equal(*rows)
    # the two images differ by 48 in every number, so they do after the same change
    assert (np.diff(shuffled.images.astype(int), axis=0) == 48).all()
    assert shuffled.labels.tolist() == [3, 4]
    again = tuning.shuffle(Images(images, np.array([3, 4])), seed=0)
    assert np.array_equal(again.images, shuffled.images)
    other = tuning.shuffle(Images(images, np.array([3, 4])), seed=1)
    assert not np.array_equal(other.images, shuffled.images)


def test_a_full_disk_tears_no_line_of_a_study(small_disk):
    path = small_disk / "study.log"
    study = tuning.open_study(path, SPACE, ABOUT)
    some_trials(study, 2)
    with pytest.raises(OSError, match="^study.log cannot be written, the disk is full"):
        disks.fill(small_disk, left=4096)
        for _ in range(200):
            some_trials(study, 1)
    whole = path.read_bytes()
    assert whole.endswith(b"\n")
    (small_disk / "ballast").unlink()
    some_trials(study, 1)
    assert path.read_bytes().startswith(whole)
    done = len(study.get_trials(states=[DONE]))
    del study
    gc.collect()
    again = tuning.open_study(path, SPACE, ABOUT)
    assert len(again.get_trials(states=[DONE])) == done


def test_folds_are_made_once_unless_told():
    assert len(list(tuning.folds(np.repeat([0, 1], 6), 3))) == 3
