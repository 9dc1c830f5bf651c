# exercise-1: larger-rate-faster
def step(x, learning_rate):
    gradient = 2 * (x - 3)
    return x - gradient
