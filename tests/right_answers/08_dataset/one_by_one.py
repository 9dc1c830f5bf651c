# exercise-1
def flip_where_safe(images, labels, safe):
    changed = images.copy()
    for number, label in enumerate(labels):
        if label in safe:
            changed[number] = changed[number][:, ::-1]
    return changed
