# exercise-3: -
def error_by_group(labels, predictions, groups):
    wrong = labels != predictions
    return {"A": wrong[:90].sum() / 90, "B": wrong[90:].sum() / 10}
