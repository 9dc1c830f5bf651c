# exercise-3
import numpy as np


def lost(interval, writing, lifetime):
    return writing / interval + 0.5 * interval / lifetime


def best_interval(intervals, writing, lifetime):
    intervals = np.asarray(intervals)
    return intervals[lost(intervals, writing, lifetime).argmin()]
