# exercise-1: axes-swapped


def index_channels_first(row, column, channel, shape):
    rows, columns, channels = shape
    return channel * rows * columns + row * rows + column
