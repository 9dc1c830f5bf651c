# exercise-1: slip
def cost(size, channels, filters, window):
    places = size - window + 1
    return places * places * window * window * channels * filters
