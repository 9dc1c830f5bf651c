# exercise-1
import numpy as np


def one_round(points, centroids):
    moved = np.zeros_like(centroids)
    members = np.zeros(len(centroids))
    for point in points:
        k = int(np.linalg.norm(centroids - point, axis=1).argmin())
        moved[k] += point
        members[k] += 1
    return moved / members[:, None]
