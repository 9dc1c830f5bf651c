# exercise-2: -
import numpy as np


def without_red(image):
    changed = np.full(image.shape, 9)
    changed[..., 0] = 0
    return changed
