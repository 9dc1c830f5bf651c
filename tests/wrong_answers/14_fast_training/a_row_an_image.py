# exercise-3: axes-swapped

import numpy as np


def sides_shown(coins):
    return (coins[:, None] + np.arange(4)) % 2
