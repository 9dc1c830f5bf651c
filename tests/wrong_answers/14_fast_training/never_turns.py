# exercise-3: slip

import numpy as np


def sides_shown(coins):
    return np.stack([coins] * 4)
