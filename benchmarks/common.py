"""What the programs here share: a measured run, its cost, the rate of the machine."""

import sys
import time
from dataclasses import asdict
from pathlib import Path
from statistics import median

import numpy as np

from helpers.data import ImageData, Images
from helpers.experiments.sizes import operations
from helpers.quiet import keras
from helpers.training import parts, presets, resume


def measured(
    recipe: presets.Recipe,
    train: Images,
    judge: Images,
    seed: int,
    classes: int = 10,
    precision: str = "float32",
) -> tuple[keras.Model, dict]:
    """Train by a recipe and judge with 1, 2 and 6 views; return the model and a row.

    `seconds` count from building to the last step, tracing included; `view_seconds` is
    one pass over the judged images. `pflop` counts a multiply-add as two and training
    as three forward passes.
    """
    keras.utils.set_random_seed(seed)
    wall, cpu = time.perf_counter(), time.process_time()
    model = presets.build(recipe, train, classes, precision)
    rows = resume.fit(
        model,
        presets.batches(recipe, train, classes, seed),
        recipe.epochs,
        callbacks=presets.callbacks(recipe, train),
        bar=False,
    )
    seconds = time.perf_counter() - wall
    cpu = time.process_time() - cpu
    pflop = training_flop(model, recipe, len(train.labels)) / 1e15
    accuracy, view_seconds = {}, {}
    for views in (1, 2, 6):
        start = time.perf_counter()
        scores = parts.predict_tta(model, judge.images, views)
        view_seconds[views] = time.perf_counter() - start
        right = (scores.argmax(axis=1) == judge.labels).mean()
        accuracy[str(views)] = round(float(right), 4)
    return model, {
        "recipe": asdict(recipe),
        "precision": precision,
        "seed": seed,
        "trained_on": len(train.labels),
        "judged_on": len(judge.labels),
        "accuracy": accuracy,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "view_seconds": round(view_seconds[6] / 6, 2),
        "epoch_seconds": [row["seconds"] for row in rows],
        "train_accuracy": [round(row["accuracy"], 4) for row in rows],
        "parameters": model.count_params(),
        "pflop": round(pflop, 5),
        "gflops": round(pflop * 1e6 / seconds),
        "peak_memory_gb": round(peak_memory() / 1e9, 2),
        "date": time.strftime("%Y-%m-%d"),
    }


def forward_flop(model: keras.Model, size: int) -> int:
    """Count the floating-point operations of one image through a model.

    Its dense layers follow a flattening or a global pooling: they have one place.
    """
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    return operations(model, size) + sum(
        2 * int(np.prod(layer.kernel.shape)) for layer in dense
    )


def training_flop(model: keras.Model, recipe: presets.Recipe, images: int) -> int:
    """Count the operations of a whole run, as three forward passes an image."""
    full = [32] * (recipe.epochs - len(recipe.sizes))
    sizes = [*recipe.sizes[: recipe.epochs], *full]
    return sum(3 * images * forward_flop(model, size) for size in sizes)


def matrix_rate(
    size: int = 2048, products: int = 5, precision: str = "float32"
) -> float:
    """Measure GFLOP/s of matrix products of this size: the median of some."""
    a = keras.ops.cast(keras.random.normal((size, size), seed=0), precision)
    times = []
    for _ in range(products + 1):  # the first warms up
        start = time.perf_counter()
        keras.ops.convert_to_numpy(keras.ops.matmul(a, a)[0])
        times.append(time.perf_counter() - start)
    return 2 * size**3 / median(times[1:]) / 1e9


def peak_memory() -> int:
    """Return the most bytes this process has held so far; 0 where unknown."""
    if sys.platform == "win32":
        return 0
    status = Path("/proc/self/status")
    if status.is_file():  # Linux's getrusage begins with what the parent held
        return 1024 * int(status.read_text().split("VmHWM:")[1].split()[0])
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def whole(images: ImageData) -> Images:
    """Join training and validation images: what a final row trains on."""
    pairs = zip(images.train, images.validation, strict=True)
    return Images(*(np.concatenate(pair) for pair in pairs))
