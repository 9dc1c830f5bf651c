# exercise-2
import numpy as np


def distances(columns, channels):
    index = np.arange(2 * columns * channels).reshape(2, columns, channels)
    return index[1, 0, 0], index[0, 1, 0]
