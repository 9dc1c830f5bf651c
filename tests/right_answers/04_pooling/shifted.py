# exercise-2


def rows_left(rows, rounds):
    return rows >> rounds
