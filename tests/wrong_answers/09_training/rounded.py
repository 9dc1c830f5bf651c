# exercise-1: -
def count_steps(images, batch_size, epochs):
    return max(1, round(images / batch_size)) * epochs
