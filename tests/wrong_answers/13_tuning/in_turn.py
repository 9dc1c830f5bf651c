# exercise-2: slip

import numpy as np


def fold_of(labels, count):
    for label in set(labels):
        if sum(labels == label) < count:
            raise ValueError("a class is too small")
    return np.arange(len(labels)) % count
