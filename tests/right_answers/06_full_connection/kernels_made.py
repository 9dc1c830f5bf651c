# exercise-1
import numpy as np


def dense_parameters(inputs, outputs):
    return convolution_parameters(1, inputs, outputs)


def convolution_parameters(window, channels, filters):
    kernels = np.zeros((window, window, channels, filters))
    return kernels.size + filters
