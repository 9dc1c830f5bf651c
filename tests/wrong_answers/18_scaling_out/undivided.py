# exercise-2: twice-the-workers
def most_workers(computing, communication, fraction):
    used = [1] + [computing / (computing + communication)] * 999
    return max(n for n, part in enumerate(used, start=1) if part >= fraction)
