"""A row is written whole or not at all, and the machine is named without Keras."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import record
from tests import disks


def test_the_machine_is_named_alike_with_keras_and_before_it_is_loaded():
    program = "import sys; from benchmarks.record import machine; print(machine());"
    program += "print('keras' in sys.modules, 'tensorflow' in sys.modules)"
    run = [sys.executable, "-c", program]
    said = subprocess.run(run, stdout=subprocess.PIPE, text=True, check=True).stdout
    from helpers.quiet import keras

    named, loaded = said.splitlines()
    assert named == record.machine() and loaded == "False False"
    assert f"Keras {keras.__version__} on {keras.backend.backend()}, N" in named


def test_a_full_disk_leaves_the_old_result_and_nothing_else(small_disk):
    path = small_disk / "row.json"
    record.write(path, {"old": 1})
    disks.fill(small_disk)
    with pytest.raises(OSError, match="row.json cannot be written, the disk is full"):
        record.write(path, {"new": "x" * 10_000})
    assert path.read_text() == '{\n "old": 1\n}\n'
    assert sorted(os.listdir(small_disk)) == ["ballast", "row.json"]


@pytest.mark.parametrize("content", [b"", b'{"half": ', b"[1]", b"\xff"])
def test_a_damaged_result_is_one_sentence_and_is_left_alone(content, tmp_path):
    path = tmp_path / "row.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="^row.json is damaged: restore it, or move"):
        record.read(path)
    assert path.read_bytes() == content
    record.write(path, {"a": [1, "\xfc"]})
    assert record.read(path) == {"a": [1, "\xfc"]}


def test_programs_that_go_on_say_which_of_their_results_is_damaged(
    tmp_path, monkeypatch
):
    from benchmarks import bench, bench_runs, experiments, search
    from helpers import data
    from tools import train_models

    for program in (experiments, bench_runs):
        monkeypatch.setattr(program, "WORK", tmp_path)
    for program in (search, train_models):
        monkeypatch.setattr(program, "RUNS", tmp_path)
    digits = data.load_images("digits")
    job = experiments.jobs_of(["search"])[0]
    for path, goes_on in (
        (job.path, lambda: experiments.finished(job)),
        (search.path("ablation", "plain", 0), lambda: search.summary("ablation")),
        (
            search.path("ablation", "plain", 0),
            lambda: search.run("ablation", "plain", 0, digits),
        ),
        (bench_runs.preset_file("84 %", 0), lambda: bench_runs.finished("84 %", 0)),
        (bench_runs.preset_file("84 %", 0), lambda: bench.preset_row("84 %")),
        (
            tmp_path / "cnn_digits_0.json",
            lambda: train_models.finished(digits, "cnn", 0),
        ),
    ):
        path.write_text('{"half": ')
        with pytest.raises(ValueError, match=f"^{path.name} is damaged: restore it"):
            goes_on()
        path.unlink()


def fail(error):
    raise error


@pytest.mark.parametrize("error", [ValueError("told"), OSError("told")])
def test_what_a_program_refuses_is_a_sentence_and_a_fault_of_ours_is_traced(error):
    with pytest.raises(SystemExit, match="^told$"):
        record.run_program(fail, error)
    with pytest.raises(KeyError):
        record.run_program(fail, KeyError("ours"))


def test_seeds_are_counted_and_what_is_no_number_is_said():
    assert record.seeds([], 3) == range(3) and record.seeds(["5"], 3) == range(5)
    for word in "x", "-1", "0", "1.5":
        with pytest.raises(ValueError, match=f"^SEEDS={word} is no number of seeds"):
            record.seeds([word], 3)


@pytest.mark.skipif(os.name == "nt", reason="a user of Windows may make no links")
@pytest.mark.parametrize(
    "call, says",
    [
        ("benchmarks.bench", "CIFAR-10 could not be loaded"),
        ("benchmarks.search none", "no GRID 'none'; there are: shapes, "),
        ("tools.refresh 01 14", "Parts 2 to 5 are stored as on CIFAR-10"),
    ],
)
def test_what_a_program_lacks_is_the_one_thing_it_says(call, says, tmp_path):
    """In a copy of links, since they write beside the course."""
    root = Path(__file__).parents[2]
    for name in "benchmarks helpers tools notebooks".split():
        (tmp_path / name).symlink_to(root / name)
    settings = {"CNN_COURSE_CACHE": str(tmp_path / "none"), "CNN_COURSE_OFFLINE": "1"}
    kept = {k: v for k, v in os.environ.items() if k != "CIFAR10_DIR"}
    done = subprocess.run(
        [sys.executable, "-m", *call.split()],
        cwd=tmp_path,
        env=kept | settings,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(says) and "Traceback" not in done.stderr
