"""The search does no run twice, and its summary is that of its runs."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import search
from helpers import data, results
from helpers.data import Images
from helpers.quiet import keras
from helpers.training import presets

RANDOM = np.random.default_rng(0)
FEW = Images(RANDOM.integers(0, 256, (120, 32, 32, 3), "uint8"), np.arange(120) % 10)
TINY = replace(presets.Recipe(), widths=(8, 8, 8), epochs=1, batch_size=40)


def test_a_search_does_no_run_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(search, "MODELS", tmp_path / "models")
    monkeypatch.setattr(search, "GRIDS", {"tiny": {"one": TINY, "two": TINY}})
    monkeypatch.setattr(search, "matrix_rate", lambda: 100.0)
    few = data.ImageData("cifar10", tuple("0123456789"), FEW, FEW, FEW)
    monkeypatch.setattr(search.data, "load_images", lambda name: few)
    search.search("tiny", range(1))
    first = {f.name: f.stat().st_mtime_ns for f in (tmp_path / "runs").iterdir()}
    search.search("tiny", range(2))
    assert len(list((tmp_path / "runs").iterdir())) == 4
    assert all(
        (tmp_path / "runs" / n).stat().st_mtime_ns == t for n, t in first.items()
    )
    rows = search.summary("tiny")
    assert [(row["name"], row["seeds"]) for row in rows] == [("one", 2), ("two", 2)]
    stored = keras.saving.load_model(tmp_path / "models" / "tiny_one_seed0.keras")
    run = json.loads((tmp_path / "runs" / "tiny_one_seed0.json").read_text())
    right = stored.predict(FEW.images, verbose=0).argmax(1) == FEW.labels
    assert run["accuracy"]["1"] == round(float(right.mean()), 4)


def test_the_ablation_ends_at_the_preset():
    assert list(search.ABLATION.values())[-1] == presets.PRESETS["84 %"]


def test_the_summary_is_that_of_the_runs():
    stored = results.read("search")
    assert stored["ablation"] == search.summary("ablation")
    with pytest.raises(ValueError, match="bench"):
        results.read("speed")
