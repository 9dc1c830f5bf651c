# exercise-1: output-size
def cost(size, channels, filters, window):
    weights = window * window * channels * filters
    return 2 * weights * size * size
