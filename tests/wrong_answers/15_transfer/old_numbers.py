# exercise-1: label-and-position
import numpy as np


def only(images, labels, classes):
    mask = np.zeros(len(labels), bool)
    for number in classes:
        mask |= labels == number
    return images[mask], labels[mask]
