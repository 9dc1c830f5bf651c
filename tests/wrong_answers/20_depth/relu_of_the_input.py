# exercise-2: -
from helpers import gradients


def block_backward(d_out, x, f, f_backward):
    d_y = gradients.relu_backward(d_out, x)
    return d_y + f_backward(d_y, x)
