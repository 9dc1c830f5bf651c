# exercise-1: off-by-one
def cost(size, channels, filters, window):
    places = len(range(size - window)) ** 2
    return 2 * places * window**2 * channels * filters
