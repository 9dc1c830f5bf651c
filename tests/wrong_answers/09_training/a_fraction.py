# exercise-1: slip
def count_steps(images, batch_size, epochs):
    return images / batch_size * epochs
