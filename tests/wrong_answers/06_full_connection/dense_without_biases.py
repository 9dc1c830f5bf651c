# exercise-1: -


def dense_parameters(inputs, outputs):
    return inputs * outputs


def convolution_parameters(window, channels, filters):
    return window**2 * channels * filters + filters
