"""Train the models that ship with the course: `make models`.

Three seeds of the dense baseline and of notebook 09's CNN, on CIFAR-10 and on the
digits, trained on the training split and judged on the validation split; the model of
the first seed ships. Every finished run is a file under build/models, so an interrupted
call goes on where it stopped; delete them to train anew.
"""

import json
import os
import platform
import sys
import time
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np

from helpers import data, models
from helpers.quiet import keras

RUNS = Path(__file__).parents[1] / "build" / "models"
SEEDS = (0, 1, 2)
BUILDERS = {"cnn": models.build_cnn, "dense_baseline": models.build_dense_baseline}
RECIPE = {"optimizer": "Adam, cosine decay", "learning_rate": 0.001, "batch_size": 64}
EPOCHS = {
    "cifar10": {"cnn": 8, "dense_baseline": 8},
    "digits": {"cnn": 20, "dense_baseline": 40},
}


def train(images: data.ImageData, kind: str, seed: int) -> tuple[keras.Model, dict]:
    """Train one model from one seed; return it with its accuracies and seconds."""
    keras.utils.set_random_seed(seed)
    model = BUILDERS[kind](images.train.images.shape[1:], len(images.class_names))
    steps = -(-len(images.train.labels) // RECIPE["batch_size"])  # an epoch
    decay = keras.optimizers.schedules.CosineDecay(
        RECIPE["learning_rate"], steps * EPOCHS[images.name][kind]
    )
    model.compile(
        keras.optimizers.Adam(decay),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    start = time.perf_counter()
    history = model.fit(
        *images.train,
        batch_size=RECIPE["batch_size"],
        epochs=EPOCHS[images.name][kind],
        validation_data=images.validation,
        verbose=0,
    ).history
    return model, {
        "seed": seed,
        "seconds": round(time.perf_counter() - start, 1),
        "train_accuracy": round(history["accuracy"][-1], 4),
        "validation_accuracy": round(history["val_accuracy"][-1], 4),
        "validation_by_epoch": [round(v, 4) for v in history["val_accuracy"]],
    }


def uncompiled(model: keras.Model, kind: str, images: data.ImageData) -> keras.Model:
    """Copy the weights into a fresh model, so that no optimizer state is stored."""
    fresh = BUILDERS[kind](images.train.images.shape[1:], len(images.class_names))
    fresh.set_weights(model.get_weights())
    return fresh


def finished(images: data.ImageData, kind: str, seed: int) -> dict:
    """Return the result of one run, from its file if it was done before."""
    stem = RUNS / f"{kind}_{images.name}_{seed}"
    if stem.with_suffix(".json").is_file():
        return json.loads(stem.with_suffix(".json").read_text())
    model, result = train(images, kind, seed)
    models.save(uncompiled(model, kind, images), stem.with_suffix(".keras"))
    write(stem.with_suffix(".json"), result)
    print(f"{stem.name}: {result['validation_accuracy']:.4f} in {result['seconds']} s")
    return result


def write(path: Path, content: dict) -> None:
    """Write a JSON file beside `path` and move it into place."""
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(beside, path)


def processor() -> str:
    """Name the processor's model where the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    named = [x.partition(":")[2].strip() for x in lines if x.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def machine() -> str:
    """Name cores, processor and versions; no host name."""
    return (
        f"{os.cpu_count()} cores of {processor()}, {platform.system()}, "
        f"Python {platform.python_version()}, Keras {keras.__version__} on "
        f"{keras.backend.backend()}, NumPy {np.__version__}"
    )


def ship(images: data.ImageData, kind: str, runs: list[dict]) -> None:
    """Move the model of the first seed to notebooks/models and write its card."""
    source = RUNS / f"{kind}_{images.name}_{SEEDS[0]}.keras"
    target = models.FOLDER / f"{kind}_{images.name}.keras"
    model = keras.saving.load_model(source, compile=False)
    beside = target.with_suffix(".part")
    beside.write_bytes(source.read_bytes())
    os.replace(beside, target)
    card = {
        "file": target.name,
        "sha256": sha256(target.read_bytes()).hexdigest(),
        "data": images.name,
        "split": f"{len(images.train.labels)} training images, judged on "
        f"{len(images.validation.labels)} validation images; stratified, seed 0",
        "seed": SEEDS[0],
        "parameters": model.count_params(),
        **RECIPE,
        "epochs": EPOCHS[images.name][kind],
        "validation_accuracy": runs[0]["validation_accuracy"],
        "runs": runs,
        "machine": machine(),
        "date": date.today().isoformat(),
    }
    write(target.with_suffix(".json"), card)


def main(names: list[str]) -> None:
    """Train and ship every kind of model for the named data sets, or for both."""
    RUNS.mkdir(parents=True, exist_ok=True)
    for name in names or EPOCHS:
        images = data.load_images(name)
        for kind in BUILDERS:
            ship(images, kind, [finished(images, kind, seed) for seed in SEEDS])


if __name__ == "__main__":
    main(sys.argv[1:])
