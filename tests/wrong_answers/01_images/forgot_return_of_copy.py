# exercise-2: no-return


def without_red(image):
    changed = image.copy()
    changed[..., 0] = 0
