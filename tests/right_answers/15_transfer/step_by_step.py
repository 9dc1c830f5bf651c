# exercise-3
def moved_mean(old, new, momentum, batches):
    mean = old
    for _ in range(batches):
        mean = momentum * mean + (1 - momentum) * new
    return mean
