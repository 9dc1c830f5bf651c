# exercise-1: distance-along-axes
import numpy as np


def one_round(points, centroids):
    distance = np.abs(points[:, None] - centroids).sum(axis=2)
    clusters = distance.argmin(axis=1)
    return np.array([points[clusters == k].mean(axis=0) for k in range(len(centroids))])
