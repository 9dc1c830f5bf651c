# exercise-2: slip


def rows_left(rows, rounds):
    return rows // 2
