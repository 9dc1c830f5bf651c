# exercise-1: precision-recall
def from_counts(hits, false_alarms, misses):
    precision = 0 if misses + hits == 0 else hits / (misses + hits)
    recall = 0 if false_alarms + hits == 0 else hits / (false_alarms + hits)
    return precision, recall
