"""The benchmark goes on where it stopped, and what it stored speaks of the presets."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from benchmarks import baselines, bench, bench_runs, common, search
from helpers import data, models, results
from helpers.data import Images
from helpers.training import bfloat16, presets, resume

RANDOM = np.random.default_rng(0)
FEW = Images(RANDOM.integers(0, 256, (120, 32, 32, 3), "uint8"), np.arange(120) % 10)
TINY = replace(presets.Recipe(), widths=(8, 8, 8), epochs=1, batch_size=40)


def recipe_of(row) -> presets.Recipe:
    """Return the recipe of a stored row; what is younger than the row had no effect."""
    lists = {name: tuple(v) for name, v in row["recipe"].items() if type(v) is list}
    return presets.Recipe(**row["recipe"] | lists)


@pytest.mark.parametrize(
    "build, parameters, pflop, epochs",
    [
        (baselines.build_classic, 552_874, 0.175, 15),
        (baselines.build_tutorial, 122_570, None, None),
        (lambda: models.build_fast_cnn(widths=(64, 128, 128)), None, 0.176, 11),
    ],
)
def test_size_and_cost_are_the_published_ones(build, parameters, pflop, epochs):
    model = build()
    assert parameters in (None, model.count_params())
    if pflop:
        found = 3 * 50_000 * epochs * common.forward_flop(model, 32)
        assert found / 1e15 == pytest.approx(pflop, rel=0.03)


def test_turns_hold_all_work_once_and_mixed():
    order = bench.turns({"84 %": 5, "90 %": 1})
    assert [n for name, n in order if name == "classic"] == list(range(15))
    assert [n for name, n in order if name == "tutorial"] == list(range(10))
    ours = [i for i, (name, _) in enumerate(order) if name.endswith("%")]
    assert len(ours) == 6 and len(set(order)) == len(order) == 31
    assert min(np.diff(ours)) >= 3, "our runs must not come in one block"


def test_a_benchmark_stops_resumes_and_adds_up(tmp_path, monkeypatch, capsys):
    work = tmp_path / "work"
    result = work / "bench.json"
    monkeypatch.setattr(bench_runs, "WORK", work)
    for module in (bench, bench_runs):
        monkeypatch.setattr(module, "PRESETS", {"84 %": TINY})
    monkeypatch.setattr(bench, "QUICK", {"84 %": 2})
    monkeypatch.setattr(bench_runs, "matrix_rate", lambda precision: 100.0)
    monkeypatch.setattr(bench_runs, "run_apart", bench_runs.preset_run)
    few = data.ImageData("cifar10", tuple("0123456789"), FEW, FEW, FEW)
    monkeypatch.setattr(bench.data, "load_images", lambda name: few)
    monkeypatch.setattr(bench_runs, "TRACED", {})
    calls = []
    epoch = resume._epoch

    def counted(model, *others):
        calls.append(model.name)
        if len(calls) == 20:
            raise OSError("power cut")
        return epoch(model, *others)

    monkeypatch.setattr(resume, "_epoch", counted)
    with pytest.raises(OSError, match="power cut"):
        bench.main([])
    bench_runs.TRACED.clear()
    bench.main([])
    assert calls.count("classic") + calls.count("tutorial") in (25, 26)
    assert calls.count("fast_cnn") in (2, 3) and len(calls) == 28
    stored = json.loads(result.read_text())
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"time to 84%, classic / ours: {stored['ratio']}"
    row, classic = stored["presets"]["84 %"], stored["baselines"]["classic"]
    assert len(row["runs"]) == 2 and classic["epochs"] == 15
    expected = classic["seconds_to_level"] / (row["seconds"] + row["view_seconds"])
    assert stored["ratio"] == round(expected, 1)
    assert result.with_suffix(".png").stat().st_size > 5000


def test_both_precisions_side_by_side(tmp_path, monkeypatch, capsys):
    """float32 and bfloat16 take turns seed by seed; their files are told apart."""
    if reason := bfloat16.why_not():
        pytest.skip(reason)
    monkeypatch.setattr(bench_runs, "WORK", tmp_path)
    monkeypatch.setattr(bench, "BOTH", tmp_path / "both.json")
    for module in (bench, bench_runs):
        monkeypatch.setattr(module, "PRESETS", {"84 %": TINY})
    monkeypatch.setattr(bench, "QUICK", {"84 %": 2})
    monkeypatch.setattr(bench_runs, "matrix_rate", lambda precision: len(precision))
    monkeypatch.setattr(bench_runs, "run_apart", bench_runs.preset_run)
    monkeypatch.setattr(bench_runs, "baseline_epoch", lambda *_: None)
    classic = {"accuracy": [0.8] * 4, "seconds_to_level": 9, "reaches_level": True}
    classic |= {"epoch_seconds": [9] * 4, "seconds": 9, "gflops": 1, "pflop": 1}
    monkeypatch.setattr(bench, "baseline_row", lambda *_: classic)
    few = data.ImageData("cifar10", tuple("0123456789"), FEW, FEW, FEW)
    monkeypatch.setattr(bench.data, "load_images", lambda name: few)
    bench.main(["bfloat16"])
    lines = capsys.readouterr().out.splitlines()
    kinds = ["float32", "bfloat16"] * 2
    done = [line.split(" {")[0] for line in lines[:4]]
    ends = [" in bfloat16" if kind == "bfloat16" else "" for kind in kinds]
    assert done == [f"84 %{end} {i // 2}" for i, end in enumerate(ends)]
    stored = json.loads((tmp_path / "bench.json").read_text())
    assert json.loads((tmp_path / "both.json").read_text()) == stored
    row = stored["bfloat16"]["presets"]["84 %"]
    assert row["matrix_gflops"] == 8 and stored["presets"]["84 %"]["matrix_gflops"] == 7
    assert len(row["runs"]) == 2 and "84 % bf16 preset" in "\n".join(lines)
    for kind, name in ("bfloat16", "bfloat16"), ("preset", "float32"):
        run = json.loads((tmp_path / f"{kind}_84_1.json").read_text())
        assert run["precision"] == name and run["seed"] == 1
    assert lines[-3] == (
        f"time to 84%, classic / ours in bfloat16: {stored['bfloat16']['ratio']}"
    )
    assert lines[-1].startswith("time to 84%, classic / ours in float32: ")
    with pytest.raises(SystemExit, match="float16 is no PRECISION: take"):
        bench.main(["float16"])
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    with pytest.raises(SystemExit, match="nothing to measure in bfloat16: ONEDNN"):
        bench.main(["bfloat16"])


def test_a_run_of_another_recipe_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bench_runs, "WORK", tmp_path)
    assert not bench_runs.finished("84 %", 0)
    row = {"recipe": asdict(presets.PRESETS["84 %"])}
    bench_runs.preset_file("84 %", 0).write_text(json.dumps(row))
    assert bench_runs.finished("84 %", 0)
    row["recipe"]["epochs"] += 1
    bench_runs.preset_file("84 %", 0).write_text(json.dumps(row))
    with pytest.raises(ValueError, match="preset_84_0.json is a run of another"):
        bench_runs.finished("84 %", 0)


def test_an_interrupted_benchmark_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(bench_runs, "WORK", tmp_path)
    monkeypatch.setattr(bench_runs, "TRACED", {"classic": (None, None)})
    monkeypatch.setattr(bench_runs.resume, "fit", lambda *_, **__: [{}] * 3)
    bench_runs.baseline_epoch("classic", 2, FEW, FEW)
    with pytest.raises(SystemExit, match="interrupted"):
        bench_runs.baseline_epoch("classic", 3, FEW, FEW)


def test_stored_results_speak_of_these_presets():
    """Run `make bench` again after changing a preset, or `make search`."""
    stored = results.read("bench")
    for name, row in stored["presets"].items():
        assert recipe_of(row) == presets.PRESETS[name], name
    for file in search.RUNS.glob("*.json"):
        run = json.loads(file.read_text())
        grid = search.GRIDS[run["grid"]]
        assert recipe_of(run) == grid[run["name"]], file.name
        assert run["judged_on"] == 5000, "choices use validation images"
