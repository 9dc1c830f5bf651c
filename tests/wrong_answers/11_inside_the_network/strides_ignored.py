# exercise-1: receptive-field
def field(windows):
    pixels = {0}
    for window, _ in windows:
        pixels = {p + k for p in pixels for k in range(window)}
    return len(pixels)
