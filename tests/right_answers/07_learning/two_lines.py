# exercise-1
def step(x, learning_rate):
    gradient = 2 * x - 6
    return x - learning_rate * gradient
