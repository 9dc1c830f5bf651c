# exercise-1: label-and-position
import numpy as np


def only(images, labels, classes):
    ordered = sorted(classes)
    mask = np.isin(labels, classes)
    return images[mask], np.array([ordered.index(label) for label in labels[mask]])
