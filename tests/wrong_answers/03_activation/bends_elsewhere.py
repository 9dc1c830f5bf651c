# exercise-1: -
import numpy as np


def leaky_relu(x, slope):
    return np.where(x > -0.4, x, slope * x)
