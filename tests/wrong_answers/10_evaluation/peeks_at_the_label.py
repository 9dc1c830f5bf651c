# exercise-3: statistics-from-test

import numpy as np


def selective(probabilities, labels, threshold):
    answered = probabilities[np.arange(len(labels)), labels] >= threshold
    right = probabilities.argmax(axis=1) == labels
    return answered, right
