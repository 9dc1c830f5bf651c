# exercise-2: precision-recall
import numpy as np


def mean_recall(labels, answers):
    found = [np.mean(labels[answers == k] == k) for k in np.unique(answers)]
    return np.mean(found)
