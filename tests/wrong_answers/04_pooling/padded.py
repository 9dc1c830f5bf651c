# exercise-3: same-keeps-size
import numpy as np

from helpers import layers


def count_overlapping(window, stride):
    changed, positions = 0, 0
    for row, column in np.ndindex(8, 7):
        grids = np.zeros((2, 8, 8, 1))
        grids[0, row, column] = grids[1, row, column + 1] = 1
        before, after = layers.max_pool2d(grids, window, stride, padding="same")
        changed += bool((before != after).any())
        positions += 1
    return changed, positions
