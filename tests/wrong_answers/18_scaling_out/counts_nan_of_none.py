# exercise-1: -
def combined(gradients, counts):
    return counts @ gradients / counts.sum()
