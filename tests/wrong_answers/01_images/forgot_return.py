# exercise-1: no-return


def upside_down(image):
    image[::-1]
