# exercise-1: random-split-is-fair
def leaked(groups, part):
    return int((part == 1).sum())
