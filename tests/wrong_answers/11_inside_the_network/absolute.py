# exercise-2: relu-as-absolute
def heat_map(maps, gradients):
    total = 0
    for k in range(maps.shape[2]):
        total = total + maps[:, :, k] * gradients[:, :, k].mean()
    return abs(total)
