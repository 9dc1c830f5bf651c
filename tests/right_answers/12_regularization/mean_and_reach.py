# exercise-3

import numpy as np

from helpers import evaluation


def verdict(before, after):
    differences = np.array(after) - np.array(before)
    low, high = evaluation.mean_interval(differences)
    if low <= 0 <= high:
        return "not significant"
    return "better" if differences.mean() > 0 else "worse"
