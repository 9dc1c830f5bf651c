# exercise-3
from helpers import layers


def absolute(x):
    return layers.relu(x) + layers.relu(x) - x
