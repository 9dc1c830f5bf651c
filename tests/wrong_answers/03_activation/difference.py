# exercise-3: slip
from helpers import layers


def absolute(x):
    return layers.relu(x) - layers.relu(-x)
