# exercise-3: off-by-one
def runs_needed(spread, gain):
    runs = 2
    while 2 * spread / runs**0.5 > gain:
        runs += 1
    return runs
