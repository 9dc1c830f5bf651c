# exercise-2
def frozen_count(widths):
    *_, features, classes = widths
    return classes + features * classes


def unfrozen_count(widths):
    if len(widths) < 2:
        return 0
    return frozen_count(widths) + unfrozen_count(widths[:-1])
