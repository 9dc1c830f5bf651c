# exercise-3: axes-swapped


def rebuild(vector):
    columns = round((vector.size / 6) ** 0.5)
    return vector.reshape(2 * columns, columns, 3)
