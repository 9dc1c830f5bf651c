# exercise-3: stride-and-kernel
from helpers import layers


def projected(x, inner, weights, strides):
    means = layers.average_pool2d(x, strides, padding="same")
    return means @ weights + inner
