# exercise-2
def best_epoch(losses, patience):
    best, bad = 0, 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best, bad = epoch, 0
        elif epoch > 0:
            bad += 1
        if bad == patience:
            break
    return best
