# exercise-2: slip


def rising_kernel():
    return [[0, 0, 1], [0, 0, 0], [0, 0, -1]]
