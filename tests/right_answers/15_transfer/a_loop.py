# exercise-1
import numpy as np


def only(images, labels, classes):
    numbers = dict(zip(classes, range(len(classes)), strict=True))
    pairs = zip(images, labels, strict=True)
    kept = [(image, numbers[label]) for image, label in pairs if label in numbers]
    return np.array([image for image, _ in kept]), np.array([k for _, k in kept])
