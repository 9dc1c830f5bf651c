# exercise-1: epoch-step-batch
def count_steps(images, batch_size, epochs):
    return len(range(0, images, batch_size))
