# exercise-2
from itertools import combinations


def rand_index(one, other):
    pairs = list(combinations(zip(one, other, strict=True), 2))
    agree = [(a == c) == (b == d) for (a, b), (c, d) in pairs]
    return sum(agree) / len(pairs)
