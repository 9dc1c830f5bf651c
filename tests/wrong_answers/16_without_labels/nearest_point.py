# exercise-3: -
import numpy as np


def silhouette(values, cluster, i):
    distance = np.linalg.norm(values - values[i], axis=1)
    own = cluster == cluster[i]
    a, b = distance[own].sum() / (own.sum() - 1), distance[~own].min()
    return (b - a) / max(a, b)
