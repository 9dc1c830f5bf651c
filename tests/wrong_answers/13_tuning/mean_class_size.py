# exercise-2: slip

import numpy as np


def fold_of(labels, count):
    if np.unique(labels, return_counts=True)[1].mean() < count:
        raise ValueError("the classes are too small")
    fold = np.zeros(len(labels), int)
    fold[np.argsort(labels, kind="stable")] = np.arange(len(labels)) % count
    return fold
