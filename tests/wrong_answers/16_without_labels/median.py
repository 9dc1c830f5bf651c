# exercise-1: slip
import numpy as np


def one_round(points, centroids):
    nearest = ((points[:, None] - centroids) ** 2).sum(axis=2).argmin(axis=1)
    return np.array(
        [np.median(points[nearest == k], axis=0) for k in range(len(centroids))]
    )
