# exercise-2


def rows_seen(layers_of_3):
    rows = 1
    for _ in range(layers_of_3):
        rows += 2
    return rows
