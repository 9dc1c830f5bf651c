# exercise-1: gradient-sign
def step(x, learning_rate):
    gradient = 2 * (x - 3)
    x += learning_rate * gradient
    return x
