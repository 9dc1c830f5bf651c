# exercise-3
import numpy as np


def silhouette(values, cluster, i):
    distance = {k: [] for k in np.unique(cluster)}
    for j, (value, k) in enumerate(zip(values, cluster, strict=True)):
        if j != i:
            distance[k].append(np.linalg.norm(value - values[i]))
    a = np.mean(distance.pop(cluster[i]))
    b = min(map(np.mean, distance.values()))
    return 1 - a / b if a < b else b / a - 1
