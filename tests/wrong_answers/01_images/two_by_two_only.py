# exercise-2: -


def without_red(image):
    changed = image.copy()
    changed[0:2, 0:2, 0] = 0
    return changed
