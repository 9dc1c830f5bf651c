# exercise-3: no-spread

from helpers import evaluation


def verdict(before, after):
    one, other = evaluation.mean_interval(before), evaluation.mean_interval(after)
    if other[0] > one[1]:
        return "better"
    return "worse" if other[1] < one[0] else "not significant"
