# exercise-2
import numpy as np


def mean_recall(labels, answers):
    classes, inverse, counts = np.unique(
        labels, return_inverse=True, return_counts=True
    )
    return ((labels == answers) / counts[inverse]).sum() / len(classes)
