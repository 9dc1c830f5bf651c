"""Teams of workers are started, watched, and refused."""

import json
import signal
import socket
import subprocess
import sys
import time
from dataclasses import FrozenInstanceError, asdict, fields, replace
from pathlib import Path

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


BEGIN = """
import json, os, sys, time
from pathlib import Path
job = json.loads(sys.argv[1])
rank, folder = job["rank"], Path(job["folder"])
attempt = len(list(folder.glob("attempt-*.log")))
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """Return what makes workers run another program, which starts at once."""
    package = tmp_path / "course" / "helpers" / "training"

    def instead(program: str) -> launch.Job:
        package.mkdir(parents=True)
        for folder in (package.parent, package):
            (folder / "__init__.py").touch()
        (package / "worker.py").write_text(BEGIN + program)
        monkeypatch.setattr(launch, "ROOT", tmp_path / "course")
        return replace(ONE_STEP, folder=str(tmp_path / "a new" / "folder"))

    return instead


def test_what_is_not_said_is_as_in_the_recorded_runs():
    """Notebook 18 and benchmarks/scaling.py leave it to these; page 18 names some."""
    wanted = {"photos": 2048, "batch": 128, "epochs": 4, "learning_rate": 0.02}
    wanted |= {"normalization": 0.9, "data": "auto", "seed": 0}
    assert asdict(launch.Job("")) == wanted | {"folder": "", "workers": 1, "slow": 0}


def test_a_job_stays_what_it_was_begun_as():
    with pytest.raises(FrozenInstanceError):
        ONE_STEP.seed = 3


@pytest.mark.parametrize(
    "code, options, said",
    [
        (1, {}, "given up after 3 attempts; the last said: no 3"),
        (1, {"attempts": 2}, "given up after 2 attempts; the last said: no 2"),
        (launch.REFUSED, {}, "given up after 1 attempt; the last said: no 1"),
    ],
)
def test_a_worker_that_fails_is_tried_again_but_not_one_that_is_refused(
    work, code, options, said
):
    job = work(f'sys.exit(print("no", attempt, file=sys.stderr) or {code})')
    with pytest.raises(RuntimeError) as found:
        launch.train(job, **options)
    assert str(found.value) == f"{said}\n"


def test_each_attempt_has_its_log_and_its_rows_are_told(work):
    job = work(
        'print("a note", "~", json.dumps({"epoch": attempt}), sep="\\n")\n'
        "sys.exit(attempt == 1)"
    )
    (first, second), (third,) = launch.train(job), launch.train(job)
    assert [first["codes"], second["codes"], third["codes"]] == [[1], [0], [0]]
    for number, attempt in enumerate((first, second, third), 1):
        assert attempt["rows"] == [{"epoch": number}]
        log = Path(job.folder, f"attempt-{number}.log").read_text()
        assert log == f'a note\n~\n{{"epoch": {number}}}\n'
    assert second["seconds"] == third["seconds"] == 0


def test_a_team_that_loses_a_worker_after_its_first_epoch_is_started_again(work):
    job = work("""
if rank == 0:
    (folder / f"epoch-00{attempt}.weights.h5").touch()
    time.sleep(0.6 if attempt == 2 else 2)  # the other is killed meanwhile
    sys.exit(attempt == 1)  # as one that misses it
time.sleep(0.8 if attempt == 2 else 10)
""")
    first, second = launch.train(replace(job, workers=2), kill=1)
    assert first["codes"] == [1, -9] and second["codes"] == [0, 0]
    assert first["seconds"] < 5 and second["seconds"] == 0


def test_workers_are_told_who_they_are_and_where_the_first_one_listens(
    work, monkeypatch
):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    job = work("""
print(json.dumps(job | {name: os.environ[name] for name in ("no_proxy", "NO_PROXY")}))
""")
    job = replace(job, workers=4)
    Path(job.folder).mkdir(parents=True)
    log = Path(job.folder, "log")
    assert launch.watch(launch.start(job, log)) == ([0] * 4, 0)
    (first,), others = (
        [json.loads(line) for line in path.read_text().splitlines()]
        for path in (log, Path(f"{log}.errors"))
    )
    told = [first, *sorted(others, key=lambda one: one["rank"])]
    host, port = first["address"].split(":")
    assert host == "127.0.0.1" and int(port) >= 1024
    same = asdict(job) | {"address": first["address"], "watched": True}
    same |= dict.fromkeys(("no_proxy", "NO_PROXY"), "127.0.0.1,localhost")
    assert told == [same | {"rank": rank} for rank in range(4)]


def test_no_worker_is_left_where_another_cannot_be_started(work, monkeypatch):
    job, started, really = work("time.sleep(10)"), [], subprocess.Popen

    def start_one(*arguments, **options):
        if started:
            raise OSError("too many processes")
        started.append(really(*arguments, **options))
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", start_one)
    with pytest.raises(OSError, match="too many processes"):
        launch.train(replace(job, workers=2))
    assert started[0].returncode == -9


def test_a_batch_is_shared_equally_or_not_at_all(tmp_path):
    job = replace(ONE_STEP, folder=str(tmp_path), workers=3)
    with pytest.raises(ValueError, match="128 cannot be shared equally by 3 workers"):
        launch.train(job)


def test_a_batch_of_one_photo_is_enough(work):
    (told,) = launch.train(replace(work(""), batch=1, photos=1))
    assert told == {"codes": [0], "seconds": 0, "rows": []}


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"workers": -1}, {"batch": 0}])
def test_no_workers_or_photos_are_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="1 worker and 1 photo or more"):
        launch.train(replace(ONE_STEP, folder=str(tmp_path), **wrong))


def test_a_batch_that_never_gets_full_is_refused(tmp_path):
    job = replace(ONE_STEP, folder=str(tmp_path), photos=100)
    with pytest.raises(ValueError, match="100 photos do not fill a batch of 128"):
        launch.train(job)


def test_a_machine_whose_name_leads_nowhere_is_told_what_to_do(work, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "nowhere.invalid")
    job = work("")
    with pytest.raises(OSError, match="nowhere.invalid, leads to no address.*/etc/h"):
        launch.train(replace(job, workers=2))
    assert launch.train(job)[0]["codes"] == [0], "one alone needs no name"


def test_on_windows_one_worker_trains_and_several_are_refused(work, monkeypatch):
    job = work("")
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(OSError, match="connects no processes on Windows: take one"):
        launch.train(replace(job, workers=2))
    assert launch.train(job)[0]["codes"] == [0]


@pytest.mark.parametrize("kill", [-1, 2, 3])
def test_only_a_worker_that_is_there_can_be_lost(work, kill):
    with pytest.raises(ValueError, match=f"no worker {kill}: they count from 0"):
        launch.train(replace(work(""), workers=2), kill=kill)


def test_who_has_ended_cannot_be_lost(work):
    with pytest.raises(RuntimeError, match="worker 0 had ended"):
        launch.train(work(""), kill=0)


def test_a_launcher_that_is_told_to_end_ends_its_workers_and_fails(tmp_path):
    command = [sys.executable, "-m", "helpers.training.launch", "--folder", tmp_path]
    options = {"cwd": launch.ROOT, "stderr": subprocess.PIPE}
    with subprocess.Popen([*command, "--data", "digits"], **options) as process:
        said = process.stderr.readline().decode()
        assert said == f"Checkpoints and logs: {tmp_path}\n"
        limit = time.monotonic() + 20
        while not (workers := psutil.Process(process.pid).children()):
            assert time.monotonic() < limit
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 1
    assert not psutil.wait_procs(workers, timeout=20)[1]


BLIND, FAILED = "import time; time.sleep(10)", "raise SystemExit(1)"


def started(*programs):
    return [subprocess.Popen([sys.executable, "-c", program]) for program in programs]


def test_a_team_that_stands_still_is_ended():
    began = time.monotonic()
    assert launch.watch(started(BLIND), limit=0.5) == ([-9], 0.0)
    assert time.monotonic() - began >= 0.5


def test_who_does_not_notice_a_failed_peer_is_ended():
    codes, seconds = launch.watch(started(BLIND, FAILED), patience=0.5, limit=20)
    assert codes == [-9, 1] and 0.5 <= seconds < 5
    assert seconds == round(seconds, 2)


def test_a_worker_is_hurt_once_and_the_others_have_patience_from_then_on():
    calls = []

    def hurt(team):
        calls.append(time.monotonic())
        if len(calls) == 20:
            team[1].kill()
        return len(calls) == 20

    codes, seconds = launch.watch(started(BLIND, BLIND), hurt, patience=0.25, limit=9)
    assert codes == [-9, -9] and len(calls) == 20
    assert 0.25 <= seconds <= round(time.monotonic() - calls[-1], 2)
    assert seconds == round(seconds, 2) and calls[-1] - calls[0] < 9


def test_a_worker_is_killed_a_moment_after_the_next_checkpoint(tmp_path):
    job, team = replace(ONE_STEP, folder=str(tmp_path)), started(BLIND, BLIND)
    try:
        (tmp_path / "epoch-001.weights.h5").touch()
        hurt = launch.killer(job, 1)
        assert not hurt(team) and not hurt(team)
        (tmp_path / "epoch-002.weights.h5").touch()
        began = time.monotonic()
        assert hurt(team) is True
        assert 0.3 <= time.monotonic() - began < 1.3
        assert team[1].wait(9) == -9 and team[0].poll() is None
    finally:
        launch.end(team)


def test_what_happened_is_told_in_lines():
    row = {"epoch": 1, "loss": 2.43286, "seconds": 8.26, "accuracy": 0.1}
    lost = {"codes": [1, -9], "seconds": 0.31, "rows": [row]}
    rows = [row | {"epoch": 2, "loss": 1.9}, row | {"epoch": 3, "loss": 1.7}]
    assert launch.report([lost, {"codes": [0, 0], "seconds": 0.0, "rows": rows}]) == (
        "attempt 1\n"
        "  epoch 1: loss 2.4329, 8.3 s\n"
        "  exit codes [1, -9]; 0.3 s later none was running\n"
        "attempt 2\n"
        "  epoch 2: loss 1.9000, 8.3 s\n"
        "  epoch 3: loss 1.7000, 8.3 s"
    )


def called(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["launch", *map(str, words)])
    launch.main()


def test_help_says_in_a_sentence_what_it_does(monkeypatch, capsys):
    with pytest.raises(SystemExit) as left:
        called(monkeypatch, "--help")
    said = " ".join(capsys.readouterr().out.split())
    assert left.value.code == 0
    assert "the newest checkpoint. options:" in said and "from 0" in said


def test_without_a_folder_each_training_has_a_new_one(work, monkeypatch, capsys):
    work('print(json.dumps({"epoch": 1, "loss": 2, "seconds": 1}))')
    for _ in range(2):
        called(monkeypatch)
    out, err = capsys.readouterr()
    assert out == "attempt 1\n  epoch 1: loss 2.0000, 1.0 s\n" * 2
    one, other = (Path(line.split(": ")[1]) for line in err.splitlines())
    assert one != other and one.name[:8] == other.name[:8] == "workers-"


def test_what_cannot_be_trained_is_said_in_a_line(work, tmp_path, monkeypatch):
    work("sys.exit(1)")
    monkeypatch.setattr(socket, "gethostname", lambda: "nowhere.invalid")
    wrong = {"no worker 2": ["--kill", 2], "no address": ["--workers", 2]}
    for said, words in (wrong | {"after 3 attempts": []}).items():
        with pytest.raises(SystemExit) as left:
            called(monkeypatch, "--folder", tmp_path / "own", *words)
        assert said in left.value.code


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
    called(monkeypatch, *words)
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
    assert said in found and len(found) == (500 if FRAMES in errors else len(errors))
    assert found.startswith(said) if "stopped" in errors else errors.endswith(found)


# what follows starts real workers, which takes seconds

LOADED = """
import sys, threading
class Look:
    def find_spec(self, name, *_):
        if name in ("numpy", "scipy.linalg"):
            with open({!r}, "a") as file:
                print(name, threading.active_count(), file=file)
sys.meta_path.insert(0, Look())
"""


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"data": "photos of my dog"}, "photos of my dog"),
        ({"photos": 2048, "batch": 2048}, "photos do not fill a batch of 2048"),
    ],
)
def test_it_gives_up_and_says_what_the_worker_said(tmp_path, monkeypatch, wrong, said):
    (tmp_path / "sitecustomize.py").write_text(LOADED.format(str(tmp_path / "loaded")))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    job = replace(ONE_STEP, folder=str(tmp_path / "job"), **wrong)
    with pytest.raises(RuntimeError, match=f"(?s)1 attempt;.*{said}"):
        launch.train(job, attempts=1)
    lines = (tmp_path / "loaded").read_text().splitlines()
    loaded = dict(line.split() for line in lines)
    assert loaded == {"numpy": "1", "scipy.linalg": "1"}, "nobody reads stdin yet"


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
        seen = at_work and sys.platform == "linux"
        maps = worker.memory_maps() if seen else []
        cores = worker.cpu_affinity() if seen else [0]
        process.kill()
    assert at_work and len(cores) == 1, "a machine is one core here"
    assert not [one for one in maps if "/tensorflow/" in one.path], "5 s in each worker"
    assert not psutil.wait_procs([worker], timeout=20)[1]
