# exercise-3: slip
def error_by_group(labels, predictions, groups):
    result = {str(group): 0 for group in groups}
    for label, prediction, group in zip(labels, predictions, groups, strict=True):
        if label != prediction:
            result[str(group)] += 1
    return result
