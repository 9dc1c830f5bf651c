# exercise-1: any-augmentation
import numpy as np


def flip_where_safe(images, labels, safe):
    changed = images.copy()
    chosen = ~np.isin(labels, safe)
    changed[chosen] = changed[chosen][:, :, ::-1]
    return changed
