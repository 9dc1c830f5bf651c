# exercise-1: cost-by-size

import numpy as np


def cost(size, channels, filters, window):
    return np.ones((window, window, channels, filters)).size * 2
