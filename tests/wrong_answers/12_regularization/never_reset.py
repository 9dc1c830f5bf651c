# exercise-2: patience
def stopped(losses, patience):
    best, left = 0, patience
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch:
            left -= 1
        if left == 0:
            break
    return epoch, best
