# exercise-3: no-spread
def verdict(before, after):
    pairs = list(zip(before, after, strict=True))
    if all(b > a for a, b in pairs):
        return "better"
    return "worse" if all(b < a for a, b in pairs) else "not significant"
