# exercise-2: -
import numpy as np


def slide_over(photo, score, window, stride):
    views = np.lib.stride_tricks.sliding_window_view(photo, (window, window))
    return np.array([[score(one) for one in row] for row in views])
