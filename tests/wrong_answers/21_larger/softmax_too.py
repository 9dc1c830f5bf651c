# exercise-1: -
from helpers import layers


def class_maps(features, weights, bias):
    return layers.softmax(features @ weights + bias)
