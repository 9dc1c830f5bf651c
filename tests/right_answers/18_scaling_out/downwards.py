# exercise-2
def most_workers(computing, communication, fraction):
    for n in range(1000, 1, -1):
        part = computing / n
        if part >= fraction * (part + communication):
            return n
    return 1
