# exercise-3: threshold-transfers
import numpy as np


def price(known, ood, wanted):
    tried = np.unique([*known, *ood, 1.01])
    threshold = next(t for t in tried if (known < t).mean() >= wanted)
    return threshold, (known < threshold).mean()
