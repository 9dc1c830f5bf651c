# exercise-3: softmax-twice
from helpers import layers


def scale_temperature(logits, t):
    return layers.softmax(logits) / t


def my_temperature():
    return 30
