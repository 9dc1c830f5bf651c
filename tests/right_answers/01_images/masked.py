# exercise-2
import numpy as np


def without_red(image):
    return np.where([True, False, False], np.uint8(0), image)
