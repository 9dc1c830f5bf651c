# exercise-3: flatten-order


def rebuild(vector):
    rows = round((vector.size / 6) ** 0.5)
    return vector.reshape(3, rows, 2 * rows).transpose(1, 2, 0)
