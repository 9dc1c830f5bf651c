# exercise-1: parameter-count
import numpy as np


def class_maps(features, weights, bias):
    return np.tensordot(features, weights, 1)
