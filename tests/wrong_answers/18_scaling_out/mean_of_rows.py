# exercise-1: mean-of-means
def combined(gradients, counts):
    return gradients[counts > 0].mean(axis=0)
