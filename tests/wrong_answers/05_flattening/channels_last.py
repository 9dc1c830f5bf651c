# exercise-1: flatten-order


def index_channels_first(row, column, channel, shape):
    rows, columns, channels = shape
    return (row * columns + column) * channels + channel
