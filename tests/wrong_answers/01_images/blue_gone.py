# exercise-2: slip


def without_red(image):
    changed = image.copy()
    changed[..., 2] = 0
    return changed
