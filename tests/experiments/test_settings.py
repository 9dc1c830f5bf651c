"""Each switch of the CNN does one thing, and a run is decided by its seed."""

import json
from dataclasses import asdict, fields
from types import SimpleNamespace

import numpy as np
import pytest

from helpers import experiments, results
from helpers.data import Images
from helpers.experiments import Settings, change
from helpers.experiments import settings as module
from helpers.quiet import keras

RANDOM = np.random.default_rng(0)
FEW = Images(RANDOM.integers(0, 256, (60, 16, 16, 3), "uint8"), np.arange(60) % 10)
TINY = Settings(filters=(4, 4), dense=8, epochs=2, batch_size=20)
SWITCHES = {
    "dropout": (0.5, keras.layers.Dropout, 2),
    "batch_normalization": (0.9, keras.layers.BatchNormalization, 3),
    "flip": (1, keras.layers.RandomFlip, 1),
    "shift": (0.1, keras.layers.RandomTranslation, 1),
    "noise": (0.1, keras.layers.GaussianNoise, 1),
    "crop": (0.25, keras.layers.RandomZoom, 1),
}


def kinds(model):
    return [type(layer) for layer in model.layers]


def test_the_plain_network_has_the_layers_of_pages_2_to_6_only():
    model = experiments.build(Settings())
    names = [layer.__name__ for layer in kinds(model)]
    block = ["Conv2D", "ReLU", "MaxPooling2D"]
    assert names == ["Rescaling", *3 * block, "Flatten", "Dense", "Dense"]
    assert model(np.zeros((2, 32, 32, 3), "uint8")).shape == (2, 10)


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_adds_its_layers_and_prediction_does_not_see_augmentation(name):
    value, kind, count = SWITCHES[name]
    model = experiments.build(change(Settings(), **{name: value}))
    assert kinds(model).count(kind) == count
    assert kinds(experiments.build(Settings())).count(kind) == 0
    images = RANDOM.integers(0, 256, (20, 32, 32, 3), "uint8")  # not all as they were
    still = np.array(model(images, training=False))
    assert np.array_equal(still, np.array(model(images, training=False)))
    moved = np.array(model(images, training=True))
    assert not np.allclose(still, moved, atol=1e-4)


def test_every_setting_changes_the_network_its_compilation_or_the_run():
    """A setting that nothing reads would be a switch without a wire."""
    other = {"filters": (4,), "depth": 2, "kernel_size": 5, "dense": 9, "epochs": 3}
    other |= {"batch_size": 30, "learning_rate": 0.01, "weight_decay": 0.5}
    other |= {name: value for name, (value, *_) in SWITCHES.items()}
    others = {field.name for field in fields(Settings)} - set(other)
    assert others == {"patience"}  # which has a test of its own, next
    base = change(TINY, epochs=4)
    plain = experiments.run(base, FEW, FEW, FEW, 0)["history"]["loss"]
    for name, value in other.items():
        row = experiments.run(change(base, **{name: value}), FEW, FEW, FEW, 0)
        assert row["history"]["loss"] != plain, name


def test_patience_stops_and_brings_the_best_weights_back():
    settings = change(TINY, epochs=30, patience=2, learning_rate=0.05)
    wrong = FEW[:1] + (9 - FEW.labels,)  # what is learned makes it worse at these
    row = experiments.run(settings, FEW, wrong, wrong, 0)
    losses = row["history"]["val_loss"]
    assert len(losses) == np.argmin(losses) + 3 < 30
    assert row["loss"] == pytest.approx(min(losses), abs=5e-4)
    assert losses[-1] > min(losses) + 0.002


def test_a_run_is_decided_by_its_seed_and_says_what_it_was():
    rows = [experiments.run(TINY, FEW, FEW, FEW, seed) for seed in (1, 1, 2)]
    same, other = rows[0]["history"], rows[2]["history"]
    assert rows[1]["history"] == same != other
    assert rows[0]["settings"] == asdict(TINY) and rows[0]["seed"] == 1
    assert rows[0]["parameters"] == experiments.build(TINY, (16, 16, 3)).count_params()
    json.dumps(rows)


def test_an_unknown_setting_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no setting 'droput'; there are: filters,"):
        change(Settings(), droput=0.5)


def test_the_settings_are_those_that_were_measured_and_name_a_run():
    measured = results.read("experiments")["regularization"]
    own = asdict(Settings()) | {"filters": [*Settings().filters]}
    assert own == measured["none"]["settings"]
    assert len({Settings(), Settings(depth=1), Settings(depth=2)}) == 2


def test_white_is_1_and_ten_classes_of_32_pixels_are_what_is_built_untold():
    model = experiments.build(Settings())
    assert model.input_shape == (None, 32, 32, 3) and model.output_shape == (None, 10)
    assert np.all(np.array(model.layers[0](np.full((1, 2, 2, 3), 255.0))) == 1)


def test_a_crop_enlarges_and_moves_by_half_of_what_is_left_over():
    moves, zooms = experiments.augmentation(Settings(crop=0.25))
    told, zoomed = moves.get_config(), zooms.get_config()
    assert told["height_factor"] == told["width_factor"] == 0.125
    assert zoomed["height_factor"] == (-0.25, 0)
    assert told["fill_mode"] == zoomed["fill_mode"] == "reflect"


def test_the_learning_rate_falls_to_0_at_the_last_step():
    settings = change(TINY, epochs=3, batch_size=20)
    for count, steps in [(40, 6), (41, 9), (60, 9)]:
        model = experiments.compiled(keras.Sequential(), settings, count)
        decay = model.optimizer.get_config()["learning_rate"]["config"]
        assert decay["decay_steps"] == steps and decay["alpha"] == 0


def test_a_run_says_nothing_and_rounds_what_it_measured(monkeypatch, capsys):
    clock = SimpleNamespace(perf_counter=iter([10.0, 11.26]).__next__)
    monkeypatch.setattr(module, "time", clock)
    row = experiments.run(TINY, FEW, FEW, FEW, 0)
    assert capsys.readouterr().out == "" and row["seconds"] == 1.3
    numbers = [row["loss"], *sum(row["history"].values(), [])]
    assert numbers == [round(number, 4) for number in numbers]
    assert numbers != [round(number, 3) for number in numbers]
