# exercise-3: slip

import numpy as np


def nearest_by_distance(features, query, count):
    far = np.sqrt(((features - query) ** 2).sum(axis=1))
    return np.argsort(-far)[:count]
