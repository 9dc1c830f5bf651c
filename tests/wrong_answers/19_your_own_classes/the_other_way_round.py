# exercise-1: slip
import numpy as np


def leaked(groups, part):
    return np.isin(groups[part == 0], groups[part == 1]).sum()
