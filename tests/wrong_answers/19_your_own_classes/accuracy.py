# exercise-2: accuracy-unbalanced
def mean_recall(labels, answers):
    return (labels == answers).mean()
