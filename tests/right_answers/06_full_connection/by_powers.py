# exercise-3
import numpy as np


def scale_temperature(logits, t):
    powers = np.exp((logits - logits.max()) / t)
    return powers / powers.sum()


def my_temperature():
    return 18
