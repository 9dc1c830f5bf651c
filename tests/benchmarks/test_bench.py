"""The benchmark goes on where it stopped, and what it stored speaks of the presets."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from benchmarks import baselines, bench, common, search
from helpers import data, models, results
from helpers.data import Images
from helpers.training import presets, resume

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
    monkeypatch.setattr(bench, "WORK", work)
    monkeypatch.setattr(bench, "PRESETS", {"84 %": TINY})
    monkeypatch.setattr(bench, "QUICK", {"84 %": 2})
    monkeypatch.setattr(bench, "matrix_rate", lambda: 100.0)
    monkeypatch.setattr(bench, "run_apart", bench.preset_run)
    few = data.ImageData("cifar10", tuple("0123456789"), FEW, FEW, FEW)
    monkeypatch.setattr(bench.data, "load_images", lambda name: few)
    monkeypatch.setattr(bench, "TRACED", {})
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
    bench.TRACED.clear()
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


def test_a_run_of_another_recipe_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "WORK", tmp_path)
    assert not bench.finished("84 %", 0)
    row = {"recipe": asdict(presets.PRESETS["84 %"])}
    bench.preset_file("84 %", 0).write_text(json.dumps(row))
    assert bench.finished("84 %", 0)
    row["recipe"]["epochs"] += 1
    bench.preset_file("84 %", 0).write_text(json.dumps(row))
    with pytest.raises(ValueError, match="preset_84_0.json is a run of another"):
        bench.finished("84 %", 0)


def test_an_interrupted_benchmark_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "WORK", tmp_path)
    monkeypatch.setattr(bench, "TRACED", {"classic": (None, None)})
    monkeypatch.setattr(bench.resume, "fit", lambda *_, **__: [{}] * 3)
    bench.baseline_epoch("classic", 2, FEW, FEW)
    with pytest.raises(SystemExit, match="interrupted"):
        bench.baseline_epoch("classic", 3, FEW, FEW)


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
