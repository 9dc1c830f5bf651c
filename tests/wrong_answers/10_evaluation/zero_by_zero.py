# exercise-1: slip
def from_counts(hits, false_alarms, misses):
    precision = hits / (hits + false_alarms)
    recall = hits / (hits + misses)
    return precision, recall
