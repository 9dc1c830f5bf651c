# exercise-2: -


def rows_seen(layers_of_3):
    return 2**layers_of_3 + 1
