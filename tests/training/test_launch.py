"""Teams of workers are started, watched, and refused."""

import socket
import subprocess
import sys
import time
from dataclasses import fields, replace

import psutil
import pytest

from helpers.training import launch

pytestmark = [
    pytest.mark.skipif(
        sys.platform == "win32", reason="JAX connects no processes on Windows"
    ),
    pytest.mark.usefixtures("compiled_once"),
]
ONE_STEP = launch.Job("", data="digits", photos=128, epochs=1)


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


def test_a_machine_whose_name_leads_nowhere_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "nowhere.invalid")
    job = replace(ONE_STEP, folder=str(tmp_path), workers=2)
    with pytest.raises(OSError, match="nowhere.invalid, leads to no address.*/etc/h"):
        launch.train(job)


def test_only_a_worker_that_is_there_can_be_lost(tmp_path):
    with pytest.raises(ValueError, match="no worker 2"):
        launch.train(replace(ONE_STEP, folder=str(tmp_path), workers=2), kill=2)


def test_who_has_ended_cannot_be_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "start", lambda job, log: log.write_text(""))
    monkeypatch.setattr(launch, "watch", lambda team, hurt: ([0], 0.0))
    with pytest.raises(RuntimeError, match="worker 0 had ended"):
        launch.train(replace(ONE_STEP, folder=str(tmp_path)), kill=0)


def test_a_launcher_that_is_killed_leaves_no_worker_at_work(tmp_path):
    program = """
import sys, time
from pathlib import Path
from helpers.training import launch
from tests.training.test_launch import ONE_STEP, replace
job = replace(ONE_STEP, folder=sys.argv[1], epochs=100_000)
team = launch.start(job, Path(sys.argv[1], "log"))
print(team[0].pid, flush=True)
launch.watch(team)
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        worker = psutil.Process(int(process.stdout.readline()))
        limit = time.monotonic() + 120
        while not list(tmp_path.glob("epoch-*")) and time.monotonic() < limit:
            time.sleep(0.1)
        at_work = worker.is_running()
        maps = worker.memory_maps() if at_work and sys.platform == "linux" else []
        process.kill()
    assert at_work
    assert not [one for one in maps if "/tensorflow/" in one.path], "5 s in each worker"
    assert not psutil.wait_procs([worker], timeout=20)[1]


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
    options |= {"learning_rate": 0.5, "normalization": 0.5, "seed": 3, "slow": 0.25}
    options |= {"kill": 1, "folder": tmp_path}
    assert {f.name for f in fields(launch.Job)} == set(options) - {"kill"}
    words = [word for pair in options.items() for word in map(str, pair)]
    words[::2] = [f"--{name}" for name in words[::2]]
    monkeypatch.setattr(sys, "argv", ["launch", *words])
    launch.main()
    wanted = {k: v for k, v in options.items() if k not in ("kill", "folder")}
    assert seen == [(launch.Job(str(tmp_path), **wanted), 1)]
    assert str(tmp_path) in capsys.readouterr().err


OTHERS = {"photos": 256, "batch": 64, "learning_rate": 0.5}
OTHERS |= {"normalization": 0.0, "seed": 3}
SAME = {"workers": 2, "epochs": 4, "slow": 0.1}
SAME |= {"data": "auto"}  # each worker compares what that leads to


def begun(folder, monkeypatch) -> launch.Job:
    """Begin a training that has one epoch, without workers."""
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: None)
    job = replace(ONE_STEP, folder=str(folder), photos=128)
    launch.start(job, folder / "log")
    (folder / "epoch-001.weights.h5").write_bytes(b"weights")
    return job


@pytest.mark.parametrize("other", OTHERS)
def test_another_training_in_the_same_folder_is_refused(other, tmp_path, monkeypatch):
    job = begun(tmp_path, monkeypatch)
    says = f"begun with another {other.replace('_', ' ')} .*or give another folder"
    with pytest.raises(ValueError, match=says):
        launch.start(replace(job, **{other: OTHERS[other]}), tmp_path / "log")
    launch.start(job, tmp_path / "log")


@pytest.mark.parametrize("same", SAME)
def test_more_epochs_or_workers_go_on_in_the_same_folder(same, tmp_path, monkeypatch):
    job = begun(tmp_path, monkeypatch)
    launch.start(replace(job, **{same: SAME[same]}), tmp_path / "log")
    left = {field.name for field in fields(launch.Job)} - OTHERS.keys() - SAME.keys()
    assert left == {"folder"}, "another field that decides, or does not"


def test_two_do_not_train_in_one_folder(tmp_path, monkeypatch):
    job = replace(ONE_STEP, folder=str(tmp_path))

    def attempts(*_):
        with pytest.raises(BlockingIOError, match="training is in use by this note"):
            launch.train(job)
        return ["ended"]

    monkeypatch.setattr(launch, "_attempts", attempts)
    assert launch.train(job) == ["ended"] and not list(tmp_path.iterdir())


FRAMES = "    @     0x7fa56f5040ee  xla::CoordinationServiceAgent::SetError()\n" * 20


@pytest.mark.parametrize(
    "errors, said",
    [
        (
            f"a warning\nworker 1 stopped: no disk\n{FRAMES}",
            "worker 1 stopped: no disk",
        ),
        (
            f"worker 0 stopped: first\n{FRAMES}worker 1 stopped: x\n",
            "worker 0 stopped: f",
        ),
        (f"{FRAMES}Killed\n", "    @     0x7fa56f5040ee  xla"),
        ("Killed\n", "Killed\n"),
        ("", ""),
    ],
)
def test_what_a_worker_stopped_for_is_said_whatever_others_write(errors, said):
    """A worker that is left may die in C++, after the one that says why."""
    found = launch.why(errors)
    assert said in found and len(found) <= 500
    assert found.startswith(said) if "stopped" in errors else errors.endswith(found)
