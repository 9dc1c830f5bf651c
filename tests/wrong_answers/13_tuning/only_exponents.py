# exercise-1: slip

import numpy as np


def log_uniform(rng, low, high, count):
    return rng.uniform(np.log10(low), np.log10(high), count)
