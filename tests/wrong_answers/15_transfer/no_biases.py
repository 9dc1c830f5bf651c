# exercise-2: parameter-count
def frozen_count(widths):
    return widths[-1] * widths[-2]


def unfrozen_count(widths):
    return sum(widths[k] * widths[k + 1] for k in range(len(widths) - 1))
