# exercise-3: relu-as-absolute
from helpers import layers


def absolute(x):
    return layers.relu(x)
