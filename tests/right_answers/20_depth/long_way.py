# exercise-1
import numpy as np

from helpers import layers


def block(x, first, second):
    inner = np.maximum(0, layers.conv2d(x, first, padding="same"))
    total = np.add(x, layers.conv2d(inner, second, padding="same"))
    total = np.array(total)
    total[total < 0] = 0
    return total
