# exercise-1
def from_counts(hits, false_alarms, misses):
    tiny = 1e-12
    return hits / (hits + false_alarms + tiny), hits / (hits + misses + tiny)
