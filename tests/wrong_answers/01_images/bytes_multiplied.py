# exercise-3: overflow


def stretch(image):
    low = image.min()
    span = image.max() - low
    return (image - low) * 255 / span
