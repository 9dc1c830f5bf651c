# exercise-1: kernel-flip
import numpy as np


def weighted_sums(picture, kernel, stride):
    flipped = np.asarray(kernel)[::-1, ::-1]
    size = (len(picture) - len(kernel)) // stride + 1
    result = np.zeros((size, size), dtype=int)
    for row in range(size):
        for column in range(size):
            top, left = row * stride, column * stride
            window = picture[top : top + len(kernel), left : left + len(kernel)]
            result[row, column] = np.sum(window * flipped)
    return result
