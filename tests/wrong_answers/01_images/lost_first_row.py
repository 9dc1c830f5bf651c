# exercise-1: off-by-one


def upside_down(image):
    return image[-1:0:-1]
