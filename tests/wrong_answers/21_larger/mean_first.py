# exercise-1: one-weight-a-place
from helpers import layers


def class_maps(features, weights, bias):
    return layers.dense(features.mean((0, 1)), weights, bias)
