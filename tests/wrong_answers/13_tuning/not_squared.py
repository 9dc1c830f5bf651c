# exercise-3: few-runs-suffice
def runs_needed(spread, gain):
    runs = 2
    while 2 * spread / runs >= gain:
        runs += 1
    return runs
