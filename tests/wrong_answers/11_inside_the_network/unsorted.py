# exercise-3: -

import numpy as np


def nearest_by_distance(features, query, count):
    far = ((features - query) ** 2).sum(axis=1)
    return np.argpartition(far, min(count, len(far) - 1))[:count]
