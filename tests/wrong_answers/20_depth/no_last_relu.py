# exercise-1: skip-order
from helpers import layers


def block(x, first, second):
    hidden = layers.relu(layers.conv2d(x, first, padding="same"))
    return x + layers.conv2d(hidden, second, padding="same")
