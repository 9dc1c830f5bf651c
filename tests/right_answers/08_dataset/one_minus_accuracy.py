# exercise-3
import numpy as np


def error_by_group(labels, predictions, groups):
    right = labels == predictions
    return {name: 1 - right[groups == name].mean() for name in np.unique(groups)}
