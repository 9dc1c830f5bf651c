# exercise-1: off-by-one
def field(windows):
    seen, jump = 1, 1
    for w, s in windows:
        seen += w * jump
        jump *= s
    return seen
