"""A measured run, its cost, and the machine."""

import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest

from benchmarks import common, search
from helpers import data
from helpers.data import Images
from helpers.training import bfloat16, presets

RANDOM = np.random.default_rng(0)
FEW = Images(RANDOM.integers(0, 256, (120, 32, 32, 3), "uint8"), np.arange(120) % 10)
TINY = replace(presets.Recipe(), widths=(8, 8, 8), epochs=1, batch_size=40)


def test_a_measured_run_says_what_it_cost():
    model, row = common.measured(TINY, FEW, FEW, seed=1)
    assert row["recipe"] == asdict(TINY) and row["seed"] == 1
    assert set(row["accuracy"]) == {"1", "2", "6"}
    found = model.predict(FEW.images, verbose=0).argmax(1) == FEW.labels
    assert row["accuracy"]["1"] == round(float(found.mean()), 4)
    assert len(row["epoch_seconds"]) == 1 and row["seconds"] >= row["epoch_seconds"][0]
    expected = 3 * 120 * common.forward_flop(model, 32)
    assert row["pflop"] == pytest.approx(expected / 1e15, abs=1e-5)
    small = replace(TINY, epochs=3, sizes=(16, 16))
    cost = common.training_flop(model, small, 120)
    assert expected < cost < 1.6 * expected


def test_the_matrix_rate_is_a_rate():
    rates = [common.matrix_rate(256, 3), common.matrix_rate(512, 3)]
    assert all(0.1 < rate < 100_000 for rate in rates)


@pytest.mark.skipif(sys.platform != "linux", reason="others tell it otherwise")
def test_the_peak_is_that_of_this_process_alone():
    program = "from benchmarks.common import peak_memory; print(peak_memory())"
    held = np.ones(2_000_000_000 // 8)  # Keras alone takes up to 1 GB
    run = [sys.executable, "-c", program]
    small = int(subprocess.run(run, stdout=subprocess.PIPE, check=True).stdout)
    assert common.peak_memory() > held.nbytes > small > 1e8


@pytest.mark.skipif(data.at_hand() != "cifar10", reason="needs CIFAR-10")
@pytest.mark.parametrize("precision", bfloat16.PRECISIONS)
def test_a_cheap_row_comes_out_again(precision, monkeypatch):
    """Train the "84 %" preset anew and hold it to the band of its stored runs."""
    if precision == "bfloat16" and (reason := bfloat16.why_not()):
        pytest.skip(reason)
    monkeypatch.setenv("IMAGE_DATA", "")
    images = data.load_images("cifar10")
    recipe = presets.PRESETS["84 %"]
    _, row = common.measured(
        recipe, images.train, images.validation, seed=0, precision=precision
    )
    (stored,) = [r for r in search.summary("presets") if r["name"] == "84"]
    assert row["accuracy"]["1"] == pytest.approx(stored["accuracy_1"], abs=0.015)
    assert row["pflop"] == pytest.approx(stored["pflop"], rel=0.01)
