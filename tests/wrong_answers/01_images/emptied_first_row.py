# exercise-2: axes-swapped


def without_red(image):
    changed = image.copy()
    changed[0] = 0
    return changed
