# exercise-2: off-by-one

import numpy as np


def stopped(losses, patience):
    for epoch in range(len(losses)):
        best = int(np.argmin(losses[: epoch + 1]))
        if epoch > best + patience:
            return epoch, best
    return epoch, best
