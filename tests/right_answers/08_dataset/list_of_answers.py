# exercise-1
def flip_where_safe(images, labels, safe):
    changed = images.copy()
    chosen = [label in safe for label in labels]
    changed[chosen] = changed[chosen][:, :, ::-1]
    return changed
