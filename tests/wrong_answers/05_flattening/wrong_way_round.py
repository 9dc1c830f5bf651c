# exercise-2: axes-swapped


def distances(columns, channels):
    return channels, columns * channels
