# exercise-1: changes-its-input


def upside_down(image):
    image[:] = image[::-1].copy()
    return image
