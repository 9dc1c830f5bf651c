"""A network in bfloat16 computes what the stock one does, and gives it back."""

import os
import subprocess
import sys

import numpy as np
import pytest

from helpers import models
from helpers.data import Images
from helpers.quiet import keras
from helpers.training import bfloat16, presets
from tests.training.test_presets import IMAGES, LABELS, TINY

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="an operation of TensorFlow's"
)
RANDOM = np.random.default_rng(0)
MAPS = RANDOM.normal(3, 2, (6, 5, 4, 8)).astype("float32")
GRADIENT = RANDOM.normal(0, 1, MAPS.shape).astype("float32")


@pytest.fixture
def multiplied():
    """Only where it is: with AVX2 alone TensorFlow 2.21 has no such normalization."""
    if reason := bfloat16.why_not():
        pytest.skip(reason)


def normalizations(**settings):
    """Return the stock layer and ours, with the same weights that are no defaults."""
    stock = keras.layers.BatchNormalization(momentum=0.6, epsilon=1e-5, **settings)
    ours = bfloat16.Normalization.from_config(stock.get_config())
    for layer in (stock, ours):
        layer.build(MAPS.shape)
    weights = [RANDOM.uniform(0.5, 2, w.shape) for w in stock.get_weights()]
    stock.set_weights(weights)
    ours.set_weights(weights)
    return stock, ours


def step(layer, dtype, training):
    """Return a layer's output, its gradients, and its weights after the call."""
    import tensorflow as tf

    x = tf.cast(tf.constant(MAPS), dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=training)
    sources = [x, *(v.value for v in layer.trainable_variables)]
    found = [y, *tape.gradient(y, sources, tf.cast(tf.constant(GRADIENT), y.dtype))]
    return [tf.cast(a, "float32").numpy() for a in found] + layer.get_weights()


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_the_layer_is_batch_normalization(scale, center, training):
    """Output, gradients and running statistics; a 120th would be lost to n - 1."""
    stock, ours = normalizations(scale=scale, center=center)
    expected, found = step(stock, "float32", training), step(ours, "float32", training)
    assert len(expected) == len(found) == 4 + 2 * (scale + center)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=2e-5)


def test_in_bfloat16_the_layer_loses_what_its_maps_lose(multiplied):
    stock, ours = normalizations()
    expected, found = step(stock, "float32", True), step(ours, "bfloat16", True)
    for one, other in zip(expected, found, strict=True):
        assert np.abs(other - one).max() < 0.02 * np.abs(one).max()
    assert ours(keras.ops.cast(MAPS, "bfloat16"), training=True).dtype == "bfloat16"
    assert {w.dtype for w in ours.get_weights()} == {np.dtype("float32")}


def test_a_frozen_layer_uses_and_keeps_its_statistics():
    stock, ours = normalizations()
    stock.trainable = ours.trainable = False
    before = ours.get_weights()
    found = step(ours, "float32", True)
    np.testing.assert_allclose(found[0], step(stock, "float32", True)[0], atol=1e-5)
    np.testing.assert_array_equal(before[-2:], ours.get_weights()[-2:])


@pytest.fixture
def two(multiplied):
    """A compiled stock network and the same in bfloat16."""
    images, built = Images(IMAGES, LABELS), []
    for precision in bfloat16.PRECISIONS:
        keras.utils.set_random_seed(1)
        built.append(presets.build(TINY, images, 4, precision))
    return built


def test_both_start_alike_and_step_alike(two):
    stock, ours = two
    for one, other in zip(stock.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    start = stock.get_weights()
    targets = np.eye(4, dtype="float32")[LABELS]
    for model in two:
        model.train_on_batch(IMAGES, targets)
    for w0, w1, w2 in zip(start, stock.get_weights(), ours.get_weights(), strict=True):
        assert np.isfinite(w2).all() and w2.dtype == "float32"
        if (moved := np.linalg.norm(w1 - w0)) == 0:
            np.testing.assert_array_equal(w2, w0)
        else:
            assert np.linalg.norm(w2 - w1) < 0.35 * moved


def test_between_the_layers_flow_sixteen_bits(two):
    _, ours = two
    types = [str(layer.output.dtype) for layer in ours.layers]
    head = 3  # dense, rescaling, softmax
    assert set(types[:-head]) == {"bfloat16"} and set(types[-head:]) == {"float32"}
    assert not ours.get_layer("whitening").trainable
    again = [type(layer) for layer in bfloat16.of(ours).layers]
    assert again == [type(layer) for layer in ours.layers]


def test_what_it_does_not_know_stays_keras():
    model = keras.Sequential(
        [
            keras.Input((4, 4, 3)),
            keras.layers.BatchNormalization(axis=1),
            keras.layers.Flatten(),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(3),
        ]
    )
    kinds = [type(layer) for layer in bfloat16.of(model).layers]
    assert kinds == [type(layer) for layer in model.layers]


@pytest.mark.parametrize(
    "shape, settings, ours",
    [
        ((4, 4, 3), {}, True),
        ((4, 4, 3), {"axis": 3}, True),
        ((4, 4, 3), {"synchronized": True}, False),
        ((4, 4, 3), {"renorm": True}, False),
        ((4, 4, 4, 3), {"axis": -1}, False),
        ((3,), {}, False),
    ],
)
def test_only_plain_maps_are_normalized_by_ours(shape, settings, ours):
    try:
        layer = keras.layers.BatchNormalization(**settings)
    except (TypeError, ValueError):
        pytest.skip("this version of Keras has no such setting")
    model = keras.Sequential([keras.Input(shape), layer])
    (found,) = bfloat16.of(model).layers
    assert isinstance(found, bfloat16.Normalization) == ours
    assert isinstance(found, keras.layers.BatchNormalization)


LOAD = """
import sys
import keras, numpy as np
model = keras.saving.load_model(sys.argv[1])
print(model.dtype_policy.name, {type(layer).__module__ for layer in model.layers})
assert "helpers" not in sys.modules
x = np.load(sys.argv[2])
np.savetxt(sys.stdout, model.predict(x, verbose=0)[:1])
"""


def test_the_saved_file_is_stock_keras(two, tmp_path):
    _, ours = two
    ours.fit(IMAGES, np.eye(4, dtype="float32")[LABELS], verbose=0)
    file = tmp_path / "fast.keras"
    with pytest.raises(ValueError, match=r"save bfloat16.plain\(model\)"):
        models.save(ours, file)
    assert not list(tmp_path.iterdir())
    models.save(bfloat16.plain(ours), file, {"class_names": list("abcd")})
    np.save(tmp_path / "x.npy", IMAGES)
    command = [sys.executable, "-c", LOAD, file, tmp_path / "x.npy"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, scores = done.stdout.splitlines()[-2:]
    assert first.startswith("float32") and "helpers" not in first
    expected = ours.predict(IMAGES, verbose=0)[0]
    np.testing.assert_allclose(np.fromstring(scores, sep=" "), expected, atol=0.02)
    # the same network again, for what a rounding cannot hide: no weight was lost
    for one, other in zip(
        ours.get_weights(),
        keras.saving.load_model(file, compile=False).get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


BUILD = """
from tests.training.test_presets import IMAGES, LABELS, TINY
from helpers.data import Images
from helpers.training import presets
model = presets.build(TINY, Images(IMAGES, LABELS), 4, "bfloat16")
print({layer.compute_dtype for layer in model.layers})
"""


def test_without_the_instructions_it_says_so_and_trains_in_float32():
    run = subprocess.run(
        [sys.executable, "-c", BUILD],
        env=os.environ | {"ONEDNN_MAX_CPU_ISA": "AVX2"},
        capture_output=True,
        text=True,
    )
    said, types = run.stdout.splitlines()
    assert types == "{'float32'}"
    assert said.startswith("This trains in float32: ")
    assert "bfloat16" in said


@pytest.mark.parametrize(
    "cpu, limit, reason",
    [
        ("flags : avx2 avx512_bf16 amx_bf16", "", None),
        ("flags : avx2 amx_bf16", "AVX512_CORE_AMX", None),
        ("flags : avx2 avx512_bf16", "avx512_core_bf16", None),
        ("flags : avx2 avx512_bf16", "AVX512_CORE_VNNI", "ONEDNN_MAX_CPU_ISA=AVX512"),
        ("flags : avx2 avx512f", "", "names no instructions"),
        (None, "", "does not tell what instructions"),
    ],
)
def test_the_processor_is_asked(cpu, limit, reason, tmp_path, monkeypatch):
    monkeypatch.setattr(bfloat16, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    if cpu:
        bfloat16.CPUINFO.write_text(cpu)
    found = bfloat16.why_not()
    assert found is None if reason is None else reason in found


def test_without_onednn_nothing_is_fast(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert "TF_ENABLE_ONEDNN_OPTS=0" in bfloat16.why_not()


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_another_backend_has_no_such_operation(backend, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    assert f"runs on {backend}, not on TensorFlow" in bfloat16.why_not()


def test_another_precision_is_refused():
    with pytest.raises(ValueError, match='"float32" or "bfloat16": \'float16\''):
        presets.build(TINY, Images(IMAGES, LABELS), 4, "float16")
