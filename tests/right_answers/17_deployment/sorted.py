# exercise-1
def best(scores, names, count):
    pairs = sorted(zip(names, scores.tolist(), strict=True), key=lambda pair: -pair[1])
    return pairs[:count]
