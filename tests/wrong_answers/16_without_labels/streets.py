# exercise-3: distance-along-axes
import numpy as np


def silhouette(values, cluster, i):
    distance = np.abs(values - values[i]).sum(axis=1)
    own = cluster == cluster[i]
    a = distance[own].sum() / (own.sum() - 1)
    b = min(distance[cluster == k].mean() for k in np.unique(cluster[~own]))
    return (b - a) / max(a, b)
