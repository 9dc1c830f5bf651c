# exercise-1: axes-swapped
import numpy as np


def average_pool(feature_map):
    places = len(feature_map) // 2
    pooled = np.zeros((places, places))
    for row in range(places):
        for column in range(places):
            top, left = 2 * column, 2 * row
            window = feature_map[top : top + 2, left : left + 2]
            pooled[row, column] = window.mean()
    return pooled
