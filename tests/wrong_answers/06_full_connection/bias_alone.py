# exercise-2: bias-after-activation


def nothing_class():
    return [0] * 8, 1
