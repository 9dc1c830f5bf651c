# exercise-3: slip
from helpers import layers


def scale_temperature(logits, t):
    return layers.softmax(logits // t)


def my_temperature():
    return 30
