# exercise-3: batch-statistics
def moved_mean(old, new, momentum, batches):
    return momentum * old + (1 - momentum) * new
