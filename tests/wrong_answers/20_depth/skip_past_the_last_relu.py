# exercise-2: skip-order
from helpers import gradients


def block_backward(d_out, x, f, f_backward):
    d_y = gradients.relu_backward(d_out, x + f(x))
    return f_backward(d_y, x) + d_out
