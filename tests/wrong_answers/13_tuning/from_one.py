# exercise-2: off-by-one

import numpy as np


def fold_of(labels, count):
    fold, seen = [], {}
    for label in labels:
        if sum(labels == label) < count:
            raise ValueError("a class is too small")
        fold.append(0)
    for place in np.argsort(labels, kind="stable"):
        fold[place] = len(seen) % count + 1
        seen[place] = True
    return np.array(fold)
