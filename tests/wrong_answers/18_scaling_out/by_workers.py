# exercise-1: sum-for-mean
def combined(gradients, counts):
    had = counts > 0
    return (gradients[had] * counts[had][:, None]).sum(axis=0) / len(gradients)
