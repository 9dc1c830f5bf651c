# exercise-1: off-by-one
def count_steps(images, batch_size, epochs):
    steps = images // batch_size + 1
    return steps * epochs
