# exercise-3: -
import numpy as np


def average_pool_backward(grad_output, maps):
    tiles = np.tile(grad_output, (2, 2, 1))  # beside each other, not pixel by pixel
    return tiles / 4
