# exercise-3
import numpy as np


def projected(x, inner, weights, strides):
    total = inner.astype(float)
    for n, row, column in np.ndindex(inner.shape[:3]):
        total[n, row, column] += x[n, row * strides, column * strides] @ weights
    return total
