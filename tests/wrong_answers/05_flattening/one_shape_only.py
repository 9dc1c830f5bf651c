# exercise-1: -


def index_channels_first(row, column, channel, shape):
    rows, columns, channels = shape
    return channel * 6 + row * 3 + column
