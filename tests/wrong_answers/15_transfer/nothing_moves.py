# exercise-3: frozen-and-statistics
def moved_mean(old, new, momentum, batches):
    learning_rate = 0
    return old - learning_rate * (old - new) * batches
