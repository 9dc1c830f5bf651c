# exercise-3
import numpy as np

from helpers import layers


def count_overlapping(window, stride):
    spots = np.eye(64).reshape(8, 8, 8, 8, 1)
    pooled = [layers.max_pool2d(row, window, stride) for row in spots]
    moved = [(row[1:] != row[:-1]).any(axis=(1, 2, 3)) for row in pooled]
    return int(np.sum(moved)), np.size(moved)
