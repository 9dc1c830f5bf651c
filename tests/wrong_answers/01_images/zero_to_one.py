# exercise-3: slip


def stretch(image):
    image = image.astype(float)
    return (image - image.min()) / (image.max() - image.min())
