"""The trained network in LiteRT: scores and occlusion maps, without TensorFlow."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

CARD = Path(__file__).parent / "model" / "fast_cnn_cifar10.json"


def read_model() -> tuple[bytes, dict]:
    """Return the model file's content and its card, after checking the SHA-256.

    Raises ValueError if the file is missing or is not the one that its card describes.
    """
    path = CARD.with_suffix(".tflite")
    card = json.loads(CARD.read_text(encoding="utf-8"))
    content = path.read_bytes() if path.is_file() else b""
    if sha256(content).hexdigest() != card["sha256"]:
        fault = "has an unknown hash" if content else "is missing or empty"
        raise ValueError(
            f"{path.name} {fault}: restore it with `git checkout -- app/model`, or "
            "write it again with `make export`"
        )
    return content, card


def interpreter(content: bytes) -> Interpreter:
    """Make an interpreter for one image at a time; only one thread may use it."""
    # more threads would take the core that the web server needs
    one = Interpreter(model_content=content, num_threads=1)
    one.allocate_tensors()
    return one


def scores(one: Interpreter, images: np.ndarray) -> np.ndarray:
    """Return class probabilities: `(N, 32, 32, 3) uint8 -> (N, 10) float32`."""
    given, found = one.get_input_details()[0], one.get_output_details()[0]
    rows = []
    for image in images:  # a batch is no faster on one thread, and takes memory
        one.set_tensor(given["index"], image[None].astype(np.float32))
        one.invoke()
        rows.append(one.get_tensor(found["index"])[0])
    return np.stack(rows)


def occlusion(
    one: Interpreter, image: np.ndarray, label: int, size: int = 8, step: int = 2
) -> np.ndarray:
    """Cover the image square by square: `(H, W, C) uint8 -> (H, W)` drops.

    The map of `helpers.insight.occlusion`, which needs Keras: how far the score of
    `label` falls, averaged over the squares of the mean colour that cover a pixel.
    """
    height, width = image.shape[:2]
    rows, columns = (range(0, side - size + 1, step) for side in (height, width))
    squares = [np.s_[r : r + size, c : c + size] for r in rows for c in columns]
    covered = np.repeat(image[None], len(squares), axis=0)
    for picture, square in zip(covered, squares, strict=True):
        picture[square] = image.mean(axis=(0, 1))
    total, times = np.zeros((2, height, width))
    drops = scores(one, image[None])[0, label] - scores(one, covered)[:, label]
    for drop, square in zip(drops, squares, strict=True):
        total[square] += drop
        times[square] += 1
    return total / times
