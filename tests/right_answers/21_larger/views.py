# exercise-2
import numpy as np


def slide_over(photo, score, window, stride):
    views = np.lib.stride_tricks.sliding_window_view(photo, (window, window))
    views = views[::stride, ::stride]
    out = np.zeros(views.shape[:2])
    for place in np.ndindex(out.shape):
        out[place] = score(views[place])
    return out
