# exercise-2: slip

import numpy as np


def heat_map(maps, gradients):
    weights = gradients.mean(axis=(0, 1))
    return np.maximum(maps * weights, 0).sum(axis=2)
