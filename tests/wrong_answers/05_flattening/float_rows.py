# exercise-3: slip
import numpy as np


def rebuild(vector):
    rows = np.sqrt(vector.size / 6)
    return vector.reshape(rows, 2 * rows, 3)
