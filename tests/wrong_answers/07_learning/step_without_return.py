# exercise-1: no-return
def step(x, learning_rate):
    x = x - learning_rate * 2 * (x - 3)
