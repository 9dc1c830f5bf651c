# exercise-1: slip


def upside_down(image):
    turned = image.copy()
    turned[0], turned[-1] = image[-1], image[0]
    return turned
