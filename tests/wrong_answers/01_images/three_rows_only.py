# exercise-1: -


def upside_down(image):
    return image[[2, 1, 0]]
