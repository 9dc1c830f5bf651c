# exercise-3
import numpy as np


def price(known, ood, wanted):
    enough = [
        t
        for t in {*known, *ood, 1.01}
        if np.count_nonzero(ood < t) >= wanted * len(ood)
    ]
    return min(enough), np.count_nonzero(known < min(enough)) / len(known)
