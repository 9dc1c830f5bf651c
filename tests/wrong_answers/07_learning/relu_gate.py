# exercise-2: relu-as-absolute
def leaky_relu_backward(grad_output, x):
    return grad_output * (x > 0)
