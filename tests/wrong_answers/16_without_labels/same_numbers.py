# exercise-2: label-and-position
import numpy as np


def rand_index(one, other):
    return (np.asarray(one) == np.asarray(other)).mean()
