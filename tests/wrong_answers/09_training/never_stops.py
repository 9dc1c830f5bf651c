# exercise-2: slip
def best_epoch(losses, patience):
    return min(range(len(losses)), key=lambda epoch: losses[epoch])
