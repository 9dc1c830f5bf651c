# exercise-3: slip
def lost(interval, writing, lifetime):
    return writing + interval / 2 / lifetime


def best_interval(intervals, writing, lifetime):
    return min(intervals, key=lambda hours: lost(hours, writing, lifetime))
