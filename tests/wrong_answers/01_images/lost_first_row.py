# exercise-1: counting-from-one


def upside_down(image):
    return image[-1:0:-1]
