# exercise-1
from helpers import layers


def leaky_relu(x, slope):
    return layers.relu(x) - slope * layers.relu(-x)
