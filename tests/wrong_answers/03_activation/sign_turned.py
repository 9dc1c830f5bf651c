# exercise-1: relu-as-absolute
import numpy as np


def leaky_relu(x, slope):
    return np.where(x > 0, x, -slope * x)
