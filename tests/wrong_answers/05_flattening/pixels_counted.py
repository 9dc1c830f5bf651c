# exercise-2: channels-forgotten


def distances(columns, channels):
    return columns, 1
