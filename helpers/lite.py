"""A trained network in LiteRT, without Keras: for the service and notebook 17."""

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from helpers.quiet import stderr


def interpreter(content: bytes) -> Interpreter:
    """Make an interpreter of a `.tflite` file's content, for one image at a time.

    Only one thread may use it.
    """
    # more threads would take the core that the web server needs
    with stderr():  # it announces itself
        one = Interpreter(model_content=content, num_threads=1)
        one.allocate_tensors()
    return one


def scores(one: Interpreter, images: np.ndarray) -> np.ndarray:
    """Return class probabilities: `(N, H, W, C) uint8 -> (N, classes) float32`."""
    given, found = one.get_input_details()[0], one.get_output_details()[0]
    rows = []
    for image in images:  # a batch is no faster on one thread, and takes memory
        one.set_tensor(given["index"], image[None].astype(np.float32))
        one.invoke()
        rows.append(one.get_tensor(found["index"])[0])
    return np.stack(rows)
