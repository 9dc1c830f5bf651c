"""Write the service's model, app/model, from the trained Keras model: `make export`.

LiteRT and Keras must give the same scores on the validation images of CIFAR-10, or
nothing is written.
"""

import os
import sys
import tempfile
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np

from app import network
from benchmarks.common import machine, write
from helpers import data, lite, models
from helpers.quiet import keras, stderr

NAME = "cifar10"
KIND = "fast_cnn"
TOLERANCE = 1e-5  # the largest difference of a score


def convert(model: keras.Model) -> bytes:
    """Return a Keras model as a LiteRT file in 32-bit floats."""
    with tempfile.TemporaryDirectory() as folder, stderr():
        path = Path(folder, "model.tflite")
        model.export(str(path), format="litert", verbose=False)
        return path.read_bytes()


def difference(content: bytes, model: keras.Model, images: np.ndarray) -> float:
    """Return how far LiteRT's scores are from Keras's at most, over all images."""
    ours = lite.scores(lite.interpreter(content), images)
    return float(np.abs(ours - model.predict(images, verbose=0)).max())


def main() -> None:
    """Convert, compare with Keras, and only then replace the files of app/model."""
    model, images = models.load_trained(NAME, KIND), data.load_images(NAME)
    content = convert(model)
    judged = images.validation.images
    gap = difference(content, model, judged)
    if not gap <= TOLERANCE:
        sys.exit(f"LiteRT is up to {gap:.1e} away from Keras: nothing was written")
    source = models.read_card(NAME, KIND)
    target = network.CARD.with_suffix(".tflite")
    target.parent.mkdir(exist_ok=True)
    beside = target.with_suffix(".part")
    beside.write_bytes(content)
    os.replace(beside, target)
    card = {
        "model": target.stem,
        "sha256": sha256(content).hexdigest(),
        "class_names": list(images.class_names),
        "source": source["file"],
        "source_sha256": source["sha256"],
        "validation_accuracy": source["validation_accuracy"],
        "largest_difference": gap,
        "compared_images": len(judged),
        "machine": machine(),
        "date": date.today().isoformat(),
    }
    write(network.CARD, card)
    print(f"{target.name}: {len(content):,} bytes, at most {gap:.1e} from Keras")


if __name__ == "__main__":
    main()
