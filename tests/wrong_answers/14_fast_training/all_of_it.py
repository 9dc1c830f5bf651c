# exercise-2: slip
def phi_gradient(gradient):
    return gradient * 8**2
