# exercise-2

import numpy as np


def fold_of(labels, count):
    fold = np.zeros(len(labels), int)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(members) < count:
            raise ValueError(f"class {label} has only {len(members)} images")
        fold[members] = np.arange(len(members)) % count
    return fold
