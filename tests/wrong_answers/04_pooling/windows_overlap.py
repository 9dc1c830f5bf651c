# exercise-1: steps-for-pixels
import numpy as np


def average_pool(feature_map):
    places = len(feature_map) // 2
    pooled = np.zeros((places, places))
    for row in range(places):
        for column in range(places):
            top, left = row, column
            window = feature_map[top : top + 2, left : left + 2]
            pooled[row, column] = window.mean()
    return pooled
