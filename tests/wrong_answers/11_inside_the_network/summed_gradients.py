# exercise-2: slip

import numpy as np


def heat_map(maps, gradients):
    weights = gradients.sum(axis=0).sum(axis=0)
    return np.maximum((maps * weights).sum(axis=2), 0)
