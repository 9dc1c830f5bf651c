# exercise-2: counting-not-weighting


def rising_kernel():
    return [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
