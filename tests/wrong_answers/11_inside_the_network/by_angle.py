# exercise-3: slip

import numpy as np


def nearest_by_distance(features, query, count):
    unit = features / np.sqrt((features**2).sum(axis=1))[:, None]
    return np.argsort(-(unit @ query))[:count]
