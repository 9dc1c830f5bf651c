# exercise-1: parameter-count


def dense_parameters(inputs, outputs):
    return inputs * outputs + outputs


def convolution_parameters(window, channels, filters):
    return (window**2 + 1) * channels * filters
