# exercise-1: slip
import numpy as np


def leaky_relu(x, slope):
    return np.maximum(x, 0)
