# exercise-3: off-by-one
import numpy as np


def price(known, ood, wanted):
    tried = np.unique([*known, *ood, 1.01])
    threshold = next(t for t in tried if (ood <= t).mean() >= wanted)
    return threshold, (known <= threshold).mean()
