# exercise-1: -
from helpers import layers


def block(x, first, second):
    inner = x + layers.relu(layers.conv2d(x, first, padding="same"))
    return layers.relu(layers.conv2d(inner, second, padding="same"))
