# exercise-2: off-by-one


def rows_seen(layers_of_3):
    return 3 + 2 * layers_of_3
