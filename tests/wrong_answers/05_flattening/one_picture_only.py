# exercise-2: -


def distances(columns, channels):
    return 512, 64
