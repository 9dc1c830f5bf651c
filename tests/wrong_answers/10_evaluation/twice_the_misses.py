# exercise-1: -
def from_counts(hits, false_alarms, misses):
    precision = hits / max(hits + false_alarms, 1)
    recall = hits / max(2 * misses, hits, 1)
    return precision, recall
