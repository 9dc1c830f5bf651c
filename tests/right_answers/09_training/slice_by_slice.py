# exercise-2
def best_epoch(losses, patience):
    best = 0
    while True:
        near = losses[best + 1 : best + patience + 1]
        better = [k for k, loss in enumerate(near) if loss < losses[best]]
        if not better:
            return best
        best += better[0] + 1
