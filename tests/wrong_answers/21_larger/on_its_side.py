# exercise-2: axes-swapped
import numpy as np


def slide_over(photo, score, window, stride):
    views = np.lib.stride_tricks.sliding_window_view(photo, (window, window))
    cut = views[::stride, ::stride]
    return np.array([[score(one) for one in row] for row in cut]).T
