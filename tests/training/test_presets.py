"""Recipes build, any part can be left out, every backend takes the same steps."""

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest

from helpers import results
from helpers.data import Images
from helpers.training import presets

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (40, 20, 20, 3), "uint8")
LABELS = np.arange(40) % 4
TINY = replace(presets.Recipe(), widths=(8, 8, 8), batch_size=10)


@pytest.mark.parametrize("name", presets.PRESETS)
def test_presets_build(name):
    recipe = presets.PRESETS[name]
    assert all(width % 16 == 0 for width in recipe.widths)
    model = presets.build(recipe, Images(IMAGES, LABELS))
    assert model.output_shape == (None, 10)


def test_every_part_can_be_left_out():
    images = Images(IMAGES, LABELS)
    model = presets.build(replace(TINY, whitening=False), images, 4)
    assert model.get_layer("whitening").trainable
    plain = presets.build(replace(TINY, identity=False), images, 4)
    kernels = [w for w in plain.get_weights() if w.ndim == 4][1:]
    assert all((kernel[1, 1] != 1).all() for kernel in kernels)
    assert presets.callbacks(TINY, images) == []
    assert len(presets.callbacks(replace(TINY, lookahead=True), images)) == 1
    assert presets.build(replace(TINY, muon=0.0), images, 4).optimizer.muon == 0


STEPS = """
import json, sys
from dataclasses import replace
import numpy as np
from helpers import data
from helpers.training import presets, resume
from helpers.data import Images
from helpers.quiet import keras
from keras.src.backend.common import dtypes
keras.config.set_floatx("float64")
keras.config.set_dtype_policy("float64")
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"  # in BatchNormalization too
random = np.random.default_rng(0)
photo = data.sample_photo()
pieces = [photo[i : i + 32, j : j + 32] for i in range(0, 260, 13) for j in range(4)]
images = Images(np.array(pieces), np.arange(80) % 10)
recipe = replace(presets.Recipe(), widths=(8, 16, 16), batch_size=20)
model = presets.build(recipe, images)
for layer in model.layers:
    if layer.trainable and hasattr(layer, "kernel"):
        layer.set_weights([random.uniform(-0.1, 0.1, layer.kernel.shape)])
batches = presets.batches(recipe, images)
model.train_on_batch(*batches(0)[0])
one_step = [w.ravel().tolist() for w in model.get_weights()]
rows = resume.fit(model, batches, 2, bar=False)
losses = [row["loss"] for row in rows]
print(keras.backend.backend(), json.dumps([one_step, losses]))
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_backends_take_the_same_steps(backend):
    """One step, then two epochs: `make test-backends` installs what it needs.

    In float64. In float32 the backends' rounding (1e-7) now and then gives a max
    pooling window another winner; its gradient goes another way from there on, and two
    epochs later the losses differ by 3e-4 on one machine and by nothing on the next.
    """
    if not importlib.util.find_spec(backend):
        pytest.skip(f"{backend} is not installed: make test-backends")
    found = {}
    for name in ("tensorflow", backend):
        done = subprocess.run(
            [sys.executable, "-c", STEPS],
            env=os.environ | {"KERAS_BACKEND": name, "JAX_ENABLE_X64": "1"},
            capture_output=True,
            text=True,
        )
        said, text = done.stdout.split(maxsplit=1) if done.stdout else ("", done.stderr)
        assert said == name, text
        found[name] = json.loads(text)
    (ours, losses), (theirs, other_losses) = found["tensorflow"], found[backend]
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)
    np.testing.assert_allclose(losses, other_losses, rtol=1e-9)


def test_recipes_are_those_that_were_measured_and_name_a_run():
    for name, row in results.read("bench")["presets"].items():
        own = json.loads(json.dumps(asdict(presets.PRESETS[name])))
        assert row["recipe"].items() <= own.items(), name
    plain = replace(presets.PRESETS["84 %"], widths=(32, 64, 128), sizes=())
    assert presets.Recipe() == plain and len({plain, presets.Recipe()}) == 1


@pytest.mark.parametrize(
    ("count", "batch_size", "epochs"),
    [(10_000, 250, 2), (9_999, 199, 4), (20_000, 250, 2), (1_797, 35, 4), (7, 1, 4)],
)
def test_few_images_are_seen_in_fifty_steps_and_four_epochs(count, batch_size, epochs):
    recipe = presets.for_few(presets.Recipe(), count)
    assert (recipe.batch_size, recipe.epochs) == (batch_size, epochs)
    assert presets.for_few(replace(recipe, epochs=9), count).epochs == 9


def test_the_peak_grows_with_the_batch_and_falls_over_all_steps():
    images = Images(IMAGES, LABELS)
    recipe = replace(TINY, epochs=3)
    assert presets.steps(recipe, images) == 12
    fast = presets.build(recipe, images, 4).optimizer
    decay = fast.get_config()["learning_rate"]["config"]
    assert decay["peak"] == pytest.approx(1.5 * 10 / 1024) and decay["steps"] == 12
    assert fast.muon * decay["peak"] == pytest.approx(0.1)
