# exercise-1: depth-without-activation
from helpers import layers


def block(x, first, second):
    inner = layers.conv2d(x, first, padding="same")
    inner = layers.conv2d(inner, second, padding="same")
    return layers.relu(x + inner)
