# exercise-2
def phi_gradient(gradient):
    step = 1.0
    return gradient * (8 * (0 + step) - 8 * 0) / step
