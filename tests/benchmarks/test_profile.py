"""Where the time of a step goes: every layer, both ways, and the stored table."""

import numpy as np
import pytest

from benchmarks import profile
from helpers import results
from helpers.data import Images
from helpers.quiet import keras
from helpers.training import bfloat16, presets

TINY = presets.Recipe(widths=(4, 4, 4), batch_size=8)


@pytest.fixture(autouse=True)
def only_where_it_multiplies_bfloat16():
    if reason := bfloat16.why_not():
        pytest.skip(reason)


def test_every_layer_is_timed_and_only_what_learns_has_a_way_back(monkeypatch):
    monkeypatch.setattr(profile, "ROUNDS", 1)
    row = profile.preset_row(TINY)
    layers = {layer["layer"]: layer for layer in row["layers"]}
    assert len(layers) == len(row["layers"]) == 28
    assert set(row["step"]) == set(profile.WAYS) and min(row["step"].values()) > 0
    first = row["layers"][:3]  # scaling, whitening and its activation: nothing learns
    assert all(layer[way][1] == 0 for layer in first for way in profile.WAYS)
    assert {layer["kind"] for layer in row["layers"]} == {
        "convolution",
        "pooling",
        "normalization",
        "activation",
        "rest",
    }
    assert layers["whitening"]["shape"] == [8, 31, 31, 24]
    sums = profile.by_kind(row)
    total = sum(sum(times["bfloat16"]) for times in sums.values())
    alone = sum(sum(layer["bfloat16"]) for layer in row["layers"])
    assert total == pytest.approx(alone)


def test_the_three_networks_differ_in_their_numbers_alone():
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
    models = profile.networks(TINY, Images(images, np.arange(8)))
    assert list(models) == list(profile.WAYS)
    for model in models.values():
        pairs = zip(models["float32"].get_weights(), model.get_weights(), strict=True)
        assert all((ours == theirs).all() for ours, theirs in pairs)
    types = {way: model.layers[4].compute_dtype for way, model in models.items()}
    assert list(types.values()) == ["float32", "bfloat16", "bfloat16"]
    normal = {way: type(model.layers[5]) for way, model in models.items()}
    assert normal["mixed_bfloat16"] is keras.layers.BatchNormalization
    assert normal["bfloat16"] is bfloat16.Normalization


def test_the_stored_times_are_those_of_the_presets():
    stored = results.read("profile")
    assert list(stored["presets"]) == list(presets.PRESETS)
    for name, recipe in presets.PRESETS.items():
        row = stored["presets"][name]
        assert row["batch_size"] == recipe.batch_size
        kernels = [x for x in row["layers"] if x["kind"] == "convolution"]
        widths = [layer["shape"][-1] for layer in kernels]
        assert widths[1:] == [w for width in recipe.widths for w in (width, width)]
    assert "whole step" in profile.table(stored)
