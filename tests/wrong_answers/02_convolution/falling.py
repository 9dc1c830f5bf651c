# exercise-2: slip


def rising_kernel():
    return [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]]
