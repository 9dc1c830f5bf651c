# exercise-2: interval-width
def images_needed(p, wanted):
    n = 1
    while (p * (1 - p) / n) ** 0.5 > wanted + 1e-12:
        n += 1
    return n
