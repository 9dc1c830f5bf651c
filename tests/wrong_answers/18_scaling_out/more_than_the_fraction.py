# exercise-2: off-by-one
import numpy as np


def most_workers(computing, communication, fraction):
    n = np.arange(1, 1001)
    used = computing / (computing + communication * n)
    used[0] = 1
    return n[used > fraction].max()
