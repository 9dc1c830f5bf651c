# exercise-1: slip
def flip_where_safe(images, labels, safe):
    changed = images.copy()
    chosen = labels != 6
    changed[chosen] = changed[chosen][:, :, ::-1]
    return changed
