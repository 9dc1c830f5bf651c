# exercise-1: changes-its-input
import numpy as np


def best(scores, names, count):
    order = np.argsort(-scores, kind="stable")
    scores[:] = scores[order]
    return [(names[k], s) for k, s in zip(order, scores.tolist(), strict=True)][:count]
