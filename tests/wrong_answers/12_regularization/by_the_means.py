# exercise-3: no-spread
def verdict(before, after):
    if sum(after) > sum(before):
        return "better"
    return "worse"
