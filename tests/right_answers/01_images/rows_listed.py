# exercise-1
import numpy as np


def upside_down(image):
    return np.array(list(reversed(image)))
