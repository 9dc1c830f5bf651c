# exercise-1: changes-its-input


def leaky_relu(x, slope):
    x[x < 0] *= slope
    return x
