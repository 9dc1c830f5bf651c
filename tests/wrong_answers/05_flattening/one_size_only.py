# exercise-3: -


def rebuild(vector):
    return vector.reshape(4, 8, 3)
