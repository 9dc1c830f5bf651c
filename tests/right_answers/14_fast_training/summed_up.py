# exercise-1
def cost(size, channels, filters, window):
    one_number = 2 * channels * window * window
    return sum(one_number * filters for _ in range((size - window + 1) ** 2))
