# exercise-3: -
from helpers import layers


def absolute(x):
    return layers.relu(x) + 3 * (x < 0)
