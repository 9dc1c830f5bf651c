# exercise-2: off-by-one
import numpy as np


def slide_over(photo, score, window, stride):
    high, wide = [(n - window - 1) // stride + 1 for n in photo.shape]
    out = np.zeros((max(high, 0), max(wide, 0)))
    for i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        out[i, j] = score(photo[top : top + window, left : left + window])
    return out
