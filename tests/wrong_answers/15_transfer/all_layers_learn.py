# exercise-2: frozen-layers-count
import numpy as np


def frozen_count(widths):
    return unfrozen_count(widths)


def unfrozen_count(widths):
    below = np.array(widths[:-1])
    return int(((below + 1) * widths[1:]).sum())
