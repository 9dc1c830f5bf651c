# exercise-2: -
import numpy as np


def nothing_class():
    return np.full((8, 1), -1), 1
