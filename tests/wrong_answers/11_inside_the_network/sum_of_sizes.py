# exercise-3: slip

import numpy as np


def nearest_by_distance(features, query, count):
    return np.argsort([sum(abs(row - query)) for row in features])[:count]
