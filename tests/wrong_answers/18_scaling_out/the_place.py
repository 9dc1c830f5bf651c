# exercise-3: -
import numpy as np


def lost(interval, writing, lifetime):
    return writing / interval + interval / lifetime / 2


def best_interval(intervals, writing, lifetime):
    return int(np.argmin([lost(hours, writing, lifetime) for hours in intervals]))
