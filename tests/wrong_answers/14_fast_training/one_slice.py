# exercise-1: flat-kernel
def cost(size, channels, filters, window):
    places = (size - window + 1) ** 2
    return 2 * places * window**2 * filters
