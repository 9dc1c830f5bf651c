# exercise-1: -


def dense_parameters(inputs, outputs):
    return inputs * outputs + 3


def convolution_parameters(window, channels, filters):
    return window**2 * channels * filters + filters
