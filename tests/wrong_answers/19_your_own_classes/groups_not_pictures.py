# exercise-1: groups-and-pictures
def leaked(groups, part):
    return len(set(groups[part == 0]) & set(groups[part == 1]))
