# exercise-1: axes-swapped


def upside_down(image):
    return image[::-1, ::-1]
