# exercise-3: off-by-one

import numpy as np


def sides_shown(coins):
    return (coins + np.arange(1, 5)[:, None]) % 2
