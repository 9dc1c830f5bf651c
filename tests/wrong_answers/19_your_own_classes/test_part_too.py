# exercise-1: -
import numpy as np


def leaked(groups, part):
    return np.isin(groups[part == 1], groups[part != 1]).sum()
