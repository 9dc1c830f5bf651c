# exercise-3

import numpy as np


def runs_needed(spread, gain):
    return max(2, int(np.floor(round((2 * spread / gain) ** 2, 9))) + 1)
