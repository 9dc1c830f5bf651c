# exercise-2: slip
def phi_gradient(gradient):
    return 0.125 * gradient
