# exercise-3: slip
def lost(interval, writing, lifetime):
    return writing / interval + interval / lifetime


def best_interval(intervals, writing, lifetime):
    return min(intervals, key=lambda hours: lost(hours, writing, lifetime))
