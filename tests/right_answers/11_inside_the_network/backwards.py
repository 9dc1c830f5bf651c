# exercise-1
def field(windows):
    size = 1
    for window, stride in reversed(windows):
        size = (size - 1) * stride + window
    return size
