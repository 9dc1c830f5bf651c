# exercise-2: output-size


def rows_left(rows, rounds):
    return rows / 2**rounds
