# exercise-3: -

import numpy as np


def selective(probabilities, labels, threshold):
    answered = probabilities.max(axis=1) >= threshold
    right = probabilities[np.arange(len(labels)), labels] > 0.5
    return answered, right
