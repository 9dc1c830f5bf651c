# exercise-1: even-on-a-log-scale
def log_uniform(rng, low, high, count):
    return rng.uniform(low, high, count)
