# exercise-2: windows-side-by-side
import numpy as np


def slide_over(photo, score, window, stride):
    out = np.zeros([n // window for n in photo.shape])
    for i, j in np.ndindex(out.shape):
        rows = photo[i * window : (i + 1) * window]
        out[i, j] = score(rows[:, j * window : (j + 1) * window])
    return out
