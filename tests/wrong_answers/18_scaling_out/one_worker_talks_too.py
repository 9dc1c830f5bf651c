# exercise-2: -
import numpy as np


def most_workers(computing, communication, fraction):
    n = np.arange(1, 1001)
    used = computing / (computing + communication * n)
    return n[used >= fraction].max()
