# exercise-2: slip


def rows_seen(layers_of_3):
    return 3**layers_of_3
