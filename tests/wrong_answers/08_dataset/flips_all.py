# exercise-1: any-augmentation
def flip_where_safe(images, labels, safe):
    return images[:, :, ::-1].copy()
