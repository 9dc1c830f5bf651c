# exercise-2: slip
import numpy as np


def leaky_relu_backward(grad_output, x):
    return np.where(x > 0, 1.0, 0.1)
