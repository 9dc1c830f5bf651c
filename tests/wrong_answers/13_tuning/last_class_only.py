# exercise-2: -

import numpy as np


def fold_of(labels, count):
    if (labels == labels.max()).sum() < count:
        raise ValueError("the last class is too small")
    fold = np.zeros(len(labels), int)
    fold[np.argsort(labels, kind="stable")] = np.arange(len(labels)) % count
    return fold
