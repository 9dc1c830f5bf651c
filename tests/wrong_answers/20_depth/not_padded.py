# exercise-1: -
from helpers import layers


def block(x, first, second):
    inner = layers.relu(layers.conv2d(x, first))
    inner = layers.conv2d(inner, second)
    return layers.relu(x + inner)
