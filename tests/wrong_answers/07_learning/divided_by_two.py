# exercise-3: sum-for-mean
def average_pool_backward(grad_output, maps):
    return (grad_output / 2).repeat(2, axis=0).repeat(2, axis=1)
