# exercise-3: slip
import numpy as np


def double_blur():
    return np.ones((5, 5)) / 25
