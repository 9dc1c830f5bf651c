# exercise-3
import numpy as np


def rebuild(vector):
    rows = 1
    while 6 * rows * rows < len(vector):
        rows += 1
    return np.reshape(vector, (rows, 2 * rows, 3))
