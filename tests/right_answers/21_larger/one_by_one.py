# exercise-1
import numpy as np

from helpers import layers


def class_maps(features, weights, bias):
    return layers.conv2d(np.asarray(features), weights[None, None], bias)
