# exercise-2: slip
import numpy as np


def rand_index(one, other):
    one, other = np.asarray(one), np.asarray(other)
    together = one[:, None] == one
    return (together == (other[:, None] == other)).mean()
