# exercise-1: skip-order
from helpers import layers


def block(x, first, second):
    inner = layers.relu(layers.conv2d(x, first, padding="same"))
    inner = layers.conv2d(inner, second, padding="same")
    return x + layers.relu(inner)
