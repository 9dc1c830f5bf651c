# exercise-1
import numpy as np


def index_channels_first(row, column, channel, shape):
    rows, columns, channels = shape
    first = channels, rows, columns
    return np.ravel_multi_index((channel, row, column), first)
