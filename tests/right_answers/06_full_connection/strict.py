# exercise-2
import numpy as np


def nothing_class():
    return np.full(8, -0.5), 2.5
