"""Several workers, real processes: they take the steps of one, and one may die."""

import json
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import scaling
from helpers import data, experiments, results
from helpers.training import launch

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="JAX connects no processes on Windows"
)
ONE_STEP = launch.Job("", data="digits", photos=128, epochs=1)


def test_two_workers_take_the_step_of_one(tmp_path, monkeypatch):
    for name in ("http_proxy", "https_proxy"):  # it leads nowhere, and is not asked
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    jobs = [replace(ONE_STEP, folder=str(tmp_path / f"{n}"), workers=n) for n in (1, 2)]
    (alone,), (shared,) = map(launch.train, jobs)
    assert alone["codes"] == [0] and shared["codes"] == [0, 0]
    assert alone["rows"][0]["loss"] == pytest.approx(shared["rows"][0]["loss"], 1e-5)
    (first,), (second,) = map(launch.backups, jobs)
    assert scaling.gap(first, second) < 1e-6
    stored = scaling.arrays(first)  # vars/0 counts steps, vars/1 is the rate
    velocity = [v for name, v in stored.items() if name.startswith("optimizer/vars/")]
    moved = max(np.abs(v).max() for v in velocity if v.ndim > 1)
    assert moved > 1e-3, "a step that moves nothing proves nothing"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Two workers; the second is slow, so that an epoch lasts two seconds anywhere."""
    folder = str(tmp_path_factory.mktemp("whole"))
    job = launch.Job(folder, 2, "digits", photos=1152, epochs=3, slow=0.2)
    launch.train(job)
    return job


@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_worker_costs_an_epoch_and_no_accuracy(tmp_path, undisturbed, victim):
    cut = replace(undisturbed, folder=str(tmp_path / "cut"))
    first, second = launch.train(cut, kill=victim)
    assert first["codes"][victim] == -9
    assert first["codes"][1 - victim] not in (0, -9), "it must end by itself"
    assert first["seconds"] < 20, "and soon"
    assert [row["epoch"] for row in first["rows"]] == [1]
    assert [row["epoch"] for row in second["rows"]] == [2, 3]
    last = [launch.backups(job)[-1] for job in (undisturbed, cut)]
    assert scaling.gap(*last) < 1e-6
    validation = data.load_images("digits").validation
    right = [scaling.accuracy(backup, validation) for backup in last]
    assert right[0] == right[1] > 0.5


def test_a_slow_worker_slows_the_team(undisturbed):
    rows = Path(undisturbed.folder, "attempt-1.log").read_text().splitlines()
    seconds = [json.loads(row)["seconds"] for row in rows if row[:1] == "{"]
    assert len(seconds) == 3 and min(seconds) > 9 * 0.2, "nine steps an epoch"


def test_a_training_goes_on_and_a_finished_one_stays_as_it_is(tmp_path):
    job = replace(ONE_STEP, folder=str(tmp_path))
    launch.train(job)
    (tmp_path / "part-0.weights.h5").write_bytes(b"cut off")  # by a loss of power
    (on,) = launch.train(replace(job, epochs=2))
    assert [row["epoch"] for row in on["rows"]] == [2]
    before = [backup.read_bytes() for backup in launch.backups(job)]
    (again,) = launch.train(replace(job, epochs=2))
    assert again == {"codes": [0], "seconds": 0.0, "rows": []}
    assert [backup.read_bytes() for backup in launch.backups(job)] == before


def test_it_gives_up_and_says_what_the_worker_said(tmp_path):
    job = replace(ONE_STEP, folder=str(tmp_path), data="photos of my dog")
    with pytest.raises(RuntimeError, match="(?s)2 attempts.*photos of my dog"):
        launch.train(job, attempts=2)
    assert len(list(tmp_path.glob("attempt-*.log"))) == 2


def test_a_batch_is_shared_equally_or_not_at_all(tmp_path):
    job = replace(ONE_STEP, folder=str(tmp_path), workers=3)
    with pytest.raises(ValueError, match="128 cannot be shared equally by 3 workers"):
        launch.train(job)


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"workers": -1}, {"batch": 0}])
def test_no_workers_or_photos_are_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="1 worker and 1 photo or more"):
        launch.train(replace(ONE_STEP, folder=str(tmp_path), **wrong))


def test_a_batch_that_never_gets_full_is_refused(tmp_path):
    job = replace(ONE_STEP, folder=str(tmp_path), photos=100)
    with pytest.raises(ValueError, match="100 photos do not fill a batch of 128"):
        launch.train(job)
    more = replace(job, photos=2048, batch=2048)  # more than the digits have
    with pytest.raises(RuntimeError, match="photos do not fill a batch of 2048"):
        launch.train(more, attempts=1)


def test_only_a_worker_that_is_there_can_be_lost(tmp_path):
    with pytest.raises(ValueError, match="no worker 2"):
        launch.train(replace(ONE_STEP, folder=str(tmp_path), workers=2), kill=2)


def test_who_has_ended_cannot_be_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "start", lambda job, log: log.write_text(""))
    monkeypatch.setattr(launch, "watch", lambda team, hurt: ([0], 0.0))
    with pytest.raises(RuntimeError, match="worker 0 had ended"):
        launch.train(replace(ONE_STEP, folder=str(tmp_path)), kill=0)


def test_a_team_that_stands_still_is_ended():
    team = [subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)]
    assert launch.watch(team, limit=0.5) == ([-9], 0.0)


def test_who_does_not_notice_a_failed_peer_is_ended():
    blind = [sys.executable, "-c", "input()"]
    failed = [sys.executable, "-c", "raise SystemExit(1)"]
    team = [subprocess.Popen(one, stdin=subprocess.PIPE) for one in (blind, failed)]
    codes, seconds = launch.watch(team, patience=0.5, limit=20)
    assert codes == [-9, 1] and 0.5 <= seconds < 5


def test_every_option_is_in_the_job(tmp_path, monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(launch, "train", lambda job, kill: seen.append((job, kill)))
    monkeypatch.setattr(launch, "report", lambda told: "told")
    options = {"workers": 4, "data": "digits", "photos": 64, "batch": 8, "epochs": 2}
    options |= {"rate": 0.5, "normalization": 0.5, "seed": 3, "slow": 0.25}
    options |= {"kill": 1, "folder": tmp_path}
    assert {f.name for f in fields(launch.Job)} == set(options) - {"kill"}
    words = [word for pair in options.items() for word in map(str, pair)]
    words[::2] = [f"--{name}" for name in words[::2]]
    monkeypatch.setattr(sys, "argv", ["launch", *words])
    launch.main()
    wanted = {k: v for k, v in options.items() if k not in ("kill", "folder")}
    assert seen == [(launch.Job(str(tmp_path), **wanted), 1)]
    assert str(tmp_path) in capsys.readouterr().err


def test_the_stored_measurement_holds_what_page_18_says():
    stored = results.read("scaling")
    assert [row["seed"] for row in stored["seeds"]] == list(range(scaling.SEEDS))
    for row in stored["seeds"]:
        assert row["killed"]["attempts"] == 2 and row["killed"]["noticed"] > 0
        assert row["gap"]["two, killed"] == 0
        assert row["killed"]["accuracy"] == row["two"]["accuracy"]
    model = experiments.build(experiments.NORMALIZED)
    count = sum(int(np.prod(w.shape)) for w in model.trainable_variables)
    assert stored["parameters"] == count
    assert all(
        len(r["step_seconds"]) == scaling.ROUNDS for r in stored["speed"].values()
    )
