# exercise-1: slip
import numpy as np


def only(images, labels, classes):
    kept, numbers = [], []
    for number, label in enumerate(classes):
        for image in images[labels == label]:
            kept.append(image)
            numbers.append(number)
    return np.array(kept), np.array(numbers)
