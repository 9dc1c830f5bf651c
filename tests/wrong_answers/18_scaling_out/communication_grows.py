# exercise-2: ring-grows
def most_workers(computing, communication, fraction):
    well = 1
    for n in range(2, 1001):
        part, talk = computing / n, communication * n
        if part / (part + talk) >= fraction:
            well = n
    return well
