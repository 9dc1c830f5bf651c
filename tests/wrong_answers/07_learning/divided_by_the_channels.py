# exercise-3: channels-forgotten
def average_pool_backward(grad_output, maps):
    large = grad_output.repeat(2, axis=0).repeat(2, axis=1)
    return large / maps.shape[-1] ** 2
