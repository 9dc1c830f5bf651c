# exercise-3: slip
def runs_needed(spread, gain):
    runs = 1
    while 2 * spread / runs**0.5 >= gain:
        runs += 1
    return runs
