# exercise-2
import numpy as np


def leaky_relu_backward(grad_output, x):
    pairs = zip(grad_output, x, strict=True)
    return np.array([g if v > 0 else 0.1 * g for g, v in pairs])
