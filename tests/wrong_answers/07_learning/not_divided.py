# exercise-3: sum-for-mean
import numpy as np


def average_pool_backward(grad_output, maps):
    d_maps = np.zeros(maps.shape)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        d_maps[row::2, column::2] = grad_output
    return d_maps
