# exercise-3: accuracy-unbalanced
def error_by_group(labels, predictions, groups):
    error = (labels != predictions).mean()
    return {str(group): error for group in groups}
