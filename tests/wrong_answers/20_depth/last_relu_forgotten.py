# exercise-2: skip-order
def block_backward(d_out, x, f, f_backward):
    return d_out + f_backward(d_out, x)
