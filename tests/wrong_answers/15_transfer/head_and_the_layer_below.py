# exercise-2: -
import numpy as np


def frozen_count(widths):
    return unfrozen_count(widths[-3:])


def unfrozen_count(widths):
    below = np.array(widths[:-1])
    return int(((below + 1) * widths[1:]).sum())
