# exercise-2: patience

import numpy as np


def stopped(losses, patience):
    waited = 0
    for epoch in range(len(losses)):
        worse = epoch > 0 and losses[epoch] >= losses[epoch - 1]
        waited = waited + 1 if worse else 0
        if waited == patience:
            break
    return epoch, int(np.argmin(losses[: epoch + 1]))
