# exercise-2
def block_backward(d_out, x, f, f_backward):
    passed = x + f(x) > 0
    return passed * d_out + f_backward(passed * d_out, x)
