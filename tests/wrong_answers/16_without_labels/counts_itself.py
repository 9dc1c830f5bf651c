# exercise-3: slip
import numpy as np


def silhouette(values, cluster, i):
    distance = np.linalg.norm(values - values[i], axis=1)
    means = [distance[cluster == k].mean() for k in np.unique(cluster)]
    a = distance[cluster == cluster[i]].mean()
    b = min(mean for mean in means if mean != a)
    return (b - a) / max(a, b)
