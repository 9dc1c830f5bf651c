# exercise-1: -
import numpy as np


def average_pool(feature_map):
    places = len(feature_map) // 2
    pooled = np.zeros((places, places))
    for row in range(places):
        for column in range(places):
            top, left = places * row, places * column
            window = feature_map[top : top + 2, left : left + 2]
            pooled[row, column] = np.mean(window) if window.size else 0
    return pooled
