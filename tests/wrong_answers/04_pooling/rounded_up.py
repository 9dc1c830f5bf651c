# exercise-2: output-size


def rows_left(rows, rounds):
    for _ in range(rounds):
        rows = (rows + 1) // 2
    return rows
