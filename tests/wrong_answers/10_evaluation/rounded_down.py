# exercise-2: off-by-one
def images_needed(p, wanted):
    standard_error = wanted / 2
    return int(p * (1 - p) / standard_error**2 + 1e-6)
