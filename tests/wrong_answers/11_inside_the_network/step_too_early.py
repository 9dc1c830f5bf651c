# exercise-1: receptive-field
def field(windows):
    seen, jump = 1, 1
    for w, s in windows:
        jump = jump * s
        seen = seen + jump * (w - 1)
    return seen
