# exercise-2: chance-agreement
import numpy as np


def rand_index(one, other):
    one, other = np.asarray(one), np.asarray(other)
    both = (one[:, None] == one) & (other[:, None] == other)
    n = len(one)
    return (both.sum() - n) / (n * (n - 1))
