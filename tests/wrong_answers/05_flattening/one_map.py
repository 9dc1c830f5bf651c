# exercise-1: channels-forgotten


def index_channels_first(row, column, channel, shape):
    rows, columns, channels = shape
    return row * columns + column
