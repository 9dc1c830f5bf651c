# exercise-1
def count_steps(images, batch_size, epochs):
    steps = 0
    for _ in range(epochs):
        left = images
        while left > 0:
            left -= batch_size
            steps += 1
    return steps
