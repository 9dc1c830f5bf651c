"""Pairs of runs in two precisions: kept, gone on with, summed up."""

import json

import pytest

from benchmarks import bench_runs, precisions
from helpers import data, files, results
from helpers.training import bfloat16, presets
from tests.benchmarks.test_bench import FEW, TINY, recipe_of


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A preset that trains in a second, in this process; return what was trained."""
    if reason := bfloat16.why_not():
        pytest.skip(reason)
    monkeypatch.setattr(precisions, "PAIRS", tmp_path / "pairs")
    for module in (precisions, bench_runs):
        monkeypatch.setattr(module, "PRESETS", {"90 %": TINY})
    few = data.ImageData("cifar10", tuple("0123456789"), FEW, FEW, FEW)
    monkeypatch.setattr(bench_runs.data, "load_images", lambda name: few)
    monkeypatch.setattr(bench_runs, "matrix_rate", lambda precision: len(precision))
    done = []

    def here(name, seed, run):
        done.append((name, seed))
        return run(name, seed)

    monkeypatch.setattr(bench_runs, "run_apart", here)
    return done


def test_pairs_are_done_in_turn_kept_and_summed_up(tiny, tmp_path, capsys):
    precisions.main(["90 %", "2"])
    names = ["90 %", "90 % in bfloat16"]
    assert tiny == [(name, seed) for seed in (0, 1) for name in names]
    precisions.main(["90 %", "3"])
    assert tiny[4:] == [(name, 2) for name in names], "what is done is not done again"
    stored = json.loads((tmp_path / "pairs.json").read_text())["presets"]["90 %"]
    paths = [precisions.path("90 %", seed) for seed in range(3)]
    pairs = [json.loads(file.read_text()) for file in paths]
    for precision, rate in ("float32", 7), ("bfloat16", 8):
        row, runs = stored[precision], [one[precision] for one in pairs]
        assert {run["precision"] for run in runs} == {precision}
        assert row["seeds"] == 3 and row["matrix_gflops"] == rate
        assert row["accuracies"] == [run["accuracy"]["1"] for run in runs]
        assert row["accuracy"] == sorted(row["accuracies"])[1]
        assert row["seconds"] == sorted(run["seconds"] for run in runs)[1]
    first = [
        pairs[0][p]["seconds"] + pairs[0][p]["view_seconds"]
        for p in bfloat16.PRECISIONS
    ]
    assert stored["ratios"][0] == pytest.approx(first[0] / first[1], abs=0.01)
    assert len(stored["ratios"]) == 3 and stored["machines"] == [pairs[0]["machine"]]
    last = capsys.readouterr().out.splitlines()[-3:]
    assert last[0].startswith("90 % float32 ") and "seeds: 3," in last[1]


def test_a_pair_of_another_recipe_is_refused_and_left_alone(tiny):
    precisions.main(["90 %", "1"])
    file = precisions.path("90 %", 0)
    found = json.loads(file.read_text())
    found["float32"]["recipe"]["epochs"] += 1
    file.write_text(json.dumps(found))
    with pytest.raises(ValueError, match="90_seed0.json is a run of another recipe"):
        precisions.main(["90 %", "1"])
    assert json.loads(file.read_text()) == found
    file.write_text("{}")
    with pytest.raises(ValueError, match="90_seed0.json is a run of another recipe"):
        precisions.main(["90 %", "1"])


def test_two_at_a_time_would_spoil_each_others_times(tiny):
    precisions.PAIRS.mkdir()
    with files.alone(precisions.PAIRS / "pairs"), pytest.raises(BlockingIOError):
        precisions.main(["90 %", "1"])
    assert not tiny and not list(precisions.PAIRS.glob("*.json"))


def test_what_cannot_be_measured_is_said(monkeypatch):
    with pytest.raises(SystemExit, match="85 % is no PRESET: take one of 84 %, 90 %"):
        precisions.main(["85 %"])
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    with pytest.raises(SystemExit, match="nothing to measure in bfloat16: "):
        precisions.main(["90 %", "1"])


def test_the_stored_pairs_are_summed_up_and_of_these_presets():
    """Run `make precisions` again after changing a preset."""
    stored = results.read("precisions")["presets"]
    assert stored == precisions.summary()
    paths = list(precisions.PAIRS.glob("*.json"))
    assert paths
    for file in paths:
        one = json.loads(file.read_text())
        for precision in bfloat16.PRECISIONS:
            row = one[precision]
            assert row["precision"] == precision and row["seed"] == one["seed"]
            assert recipe_of(row) == presets.PRESETS[one["preset"]], file.name
            assert row["trained_on"] == 50_000 and row["judged_on"] == 10_000
