# exercise-2: slip

import numpy as np


def fold_of(labels, count):
    order = np.argsort(labels, kind="stable")
    fold = np.empty(len(labels), int)
    for k, place in enumerate(order):
        fold[place] = k % count
    return fold
