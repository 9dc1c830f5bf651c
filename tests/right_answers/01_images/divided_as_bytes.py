# exercise-3


def stretch(image):
    return (image - image.min()) / (image.max() - image.min()) * 255
