# exercise-2: gradient-sign
def phi_gradient(gradient):
    return -8 * gradient
