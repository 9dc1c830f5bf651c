"""Where the time of a training step goes, layer by layer: `make profile` (5 minutes).

Each layer of a preset's network is timed alone on one batch of 32 x 32, forward and
backward, in float32, under Keras's `mixed_bfloat16` and as `bfloat16.of` makes it; the
three take turns, so that whatever else the machine does hits all alike. Then the whole
step, with loss and optimizer. It takes less than its layers alone, because TensorFlow
joins some and overlaps others. The images are drawn: what they show makes no difference
to time. The result is benchmarks/results/profile.json.
"""

import sys
import time
from statistics import median

import numpy as np
import tensorflow as tf

from benchmarks.common import matrix_rate
from benchmarks.record import machine, write
from helpers import results
from helpers.data import Images
from helpers.quiet import keras
from helpers.training import bfloat16, presets

RESULTS = results.FOLDER / "profile.json"
WAYS = "float32", "mixed_bfloat16", "bfloat16"
KINDS = {
    keras.layers.Conv2D: "convolution",
    keras.layers.MaxPooling2D: "pooling",
    keras.layers.BatchNormalization: "normalization",
    keras.layers.Activation: "activation",
}
ROUNDS = 5


def networks(recipe: presets.Recipe, images: Images) -> dict[str, keras.Model]:
    """Build the network of a recipe in each of `WAYS`, with the same weights."""

    def build(precision="float32"):
        keras.utils.set_random_seed(0)
        return presets.build(recipe, images, precision=precision)

    plain, like = build(), build()  # an optimizer serves one network
    mixed = keras.models.clone_model(
        plain,
        clone_function=lambda layer: type(layer).from_config(
            layer.get_config() | {"dtype": "mixed_bfloat16"}
        ),
    )
    mixed.set_weights(plain.get_weights())
    mixed.compile(like.optimizer, like.loss)
    return dict(zip(WAYS, (plain, mixed, build("bfloat16")), strict=True))


def kind(layer) -> str:
    """Name what a layer does; `rest` is what is done at one place only, or once."""
    return next((k for c, k in KINDS.items() if isinstance(layer, c)), "rest")


def compiled(layer, x, below: bool):
    """Return two functions: the layer's forward pass, and forward and backward.

    `below` says that something under the layer learns, and wants a gradient. The second
    is None where nothing does.
    """
    weights = [weight.value for weight in layer.trainable_weights]
    forward = tf.function(lambda: layer(x, training=True))
    if not weights and not below:
        return forward, None
    arriving = tf.ones_like(forward())

    @tf.function
    def both():
        with tf.GradientTape() as tape:
            if below:
                tape.watch(x)
            y = layer(x, training=True)
        wanted = [*([x] if below else []), *weights]
        back = tape.gradient(y, wanted, output_gradients=arriving)
        return y, back  # or TensorFlow leaves the forward pass out where it can

    return forward, both


def seconds(functions: dict) -> dict:
    """Time functions in turns: the median of `ROUNDS` calls, after two of each."""
    times = {name: [] for name in functions}
    for number in range(ROUNDS + 2):
        for name, function in functions.items():
            start = time.perf_counter()
            _wait(function())
            if number >= 2:
                times[name].append(time.perf_counter() - start)
    return {name: median(found) for name, found in times.items()}


def _wait(outputs) -> None:
    """Return when the numbers are there."""
    for tensor in tf.nest.flatten(outputs):
        if isinstance(tensor, tf.Tensor):
            tensor[..., :1].numpy() if tensor.ndim else tensor.numpy()


def layer_rows(models: dict[str, keras.Model], batch) -> list[dict]:
    """Time each layer alone, in milliseconds: `[forward, backward]` for each way."""
    here, below, rows = {way: batch for way in models}, False, []
    for layers in zip(*(model.layers for model in models.values()), strict=True):
        pairs = {
            way: compiled(layer, here[way], below)
            for way, layer in zip(models, layers, strict=True)
        }
        forward = seconds({way: pair[0] for way, pair in pairs.items()})
        both = forward
        if pairs["float32"][1]:
            both = seconds({way: pair[1] for way, pair in pairs.items()})
        here = {way: pair[0]() for way, pair in pairs.items()}
        below = below or bool(layers[0].trainable_weights)
        row = {"layer": layers[0].name, "kind": kind(layers[0])}
        row["shape"] = list(here["float32"].shape)
        for way in models:
            times = forward[way], both[way] - forward[way]
            row[way] = [round(1000 * max(part, 0), 2) for part in times]
        rows.append(row)
    return rows


def preset_row(recipe: presets.Recipe) -> dict:
    """Time the layers and the whole step of a preset's network."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (recipe.batch_size, 32, 32, 3), dtype=np.uint8)
    labels = random.integers(0, 10, recipe.batch_size)
    models = networks(recipe, Images(images, labels))
    targets = keras.utils.to_categorical(labels, 10)
    steps = {
        way: lambda model=model: model.train_on_batch(images, targets)
        for way, model in models.items()
    }
    whole = {way: round(1000 * value, 1) for way, value in seconds(steps).items()}
    rows = layer_rows(models, tf.constant(images))
    return {"batch_size": recipe.batch_size, "step": whole, "layers": rows}


def by_kind(row: dict) -> dict[str, dict[str, tuple]]:
    """Add up milliseconds over the layers: `{kind: {way: (forward, backward)}}`."""
    sums = {}
    for name in (*KINDS.values(), "rest"):
        of_kind = [layer for layer in row["layers"] if layer["kind"] == name]
        sums[name] = {
            way: tuple(sum(layer[way][k] for layer in of_kind) for k in (0, 1))
            for way in WAYS
        }
    return sums


def table(found: dict) -> str:
    """Lay out the milliseconds of each preset by kind of layer."""
    lines = []
    for name, row in found["presets"].items():
        lines.append(f"{name}, a step of {row['batch_size']} images, milliseconds")
        lines.append(f"{'':15}" + "".join(f"{way:>22}" for way in WAYS))
        for what, times in by_kind(row).items():
            parts = (f"{f:9.1f} +{b:7.1f} back" for f, b in times.values())
            lines.append(f"{what:15}" + "".join(f"{part:>22}" for part in parts))
        whole = (f"{row['step'][way]:.1f}" for way in WAYS)
        lines.append(f"{'whole step':15}" + "".join(f"{part:>22}" for part in whole))
    return "\n".join(lines)


def main() -> None:
    """Measure, write, print."""
    if reason := bfloat16.why_not():
        sys.exit(f"nothing to compare with float32: {reason}")
    found = {"presets": {n: preset_row(r) for n, r in presets.PRESETS.items()}}
    found["matrix GFLOP/s"] = {
        way: round(matrix_rate(precision=way)) for way in bfloat16.PRECISIONS
    }
    found |= {"machine": machine(), "date": time.strftime("%Y-%m-%d")}
    write(RESULTS, found)
    print(table(found))
    print(found["machine"], found["matrix GFLOP/s"])


if __name__ == "__main__":
    main()
