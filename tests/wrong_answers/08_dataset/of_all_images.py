# exercise-3: accuracy-unbalanced
import numpy as np


def error_by_group(labels, predictions, groups):
    result = {}
    for group in np.unique(groups):
        rows = groups == group
        result[str(group)] = (labels[rows] != predictions[rows]).sum() / len(labels)
    return result
