# exercise-2: interval-width

import numpy as np


def images_needed(p, wanted):
    return int(np.ceil(2 / wanted * np.sqrt(p - p * p)))
