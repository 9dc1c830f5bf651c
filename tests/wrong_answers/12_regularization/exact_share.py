# exercise-1: -

import numpy as np


def dropout(values, rate, rng):
    kept = np.ones(np.size(values))
    kept[rng.permutation(np.size(values))[: round(rate * np.size(values))]] = 0
    return values * kept.reshape(np.shape(values)) / (1 - rate)
