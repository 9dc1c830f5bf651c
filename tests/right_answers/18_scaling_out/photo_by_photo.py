# exercise-1
import numpy as np


def combined(gradients, counts):
    return np.repeat(gradients, counts, axis=0).mean(axis=0)
