# exercise-2: channels-forgotten


def without_red(image):
    return image[..., 1:]
