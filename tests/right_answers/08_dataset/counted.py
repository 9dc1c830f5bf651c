# exercise-3
def error_by_group(labels, predictions, groups):
    wrong, size = {}, {}
    for label, prediction, group in zip(labels, predictions, groups, strict=True):
        size[group] = size.get(group, 0) + 1
        wrong[group] = wrong.get(group, 0) + (label != prediction)
    return {group: wrong[group] / size[group] for group in size}
