# exercise-1
def log_uniform(rng, low, high, count):
    return low * (high / low) ** rng.uniform(0, 1, count)
