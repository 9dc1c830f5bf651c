# exercise-2: one-way-back
from helpers import gradients


def block_backward(d_out, x, f, f_backward):
    return gradients.relu_backward(d_out, x + f(x))
