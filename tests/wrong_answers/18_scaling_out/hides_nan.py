# exercise-1: -
import numpy as np


def combined(gradients, counts):
    return counts @ np.nan_to_num(gradients) / counts.sum()
