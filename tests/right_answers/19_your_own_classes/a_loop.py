# exercise-1
def leaked(groups, part):
    training = {group for group, side in zip(groups, part, strict=True) if side == 0}
    pairs = zip(groups, part, strict=True)
    return sum(side == 1 and group in training for group, side in pairs)
