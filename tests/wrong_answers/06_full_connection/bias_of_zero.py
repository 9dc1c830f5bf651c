# exercise-2: slip


def nothing_class():
    return [-1] * 8, 0
