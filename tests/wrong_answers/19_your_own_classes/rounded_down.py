# exercise-3: -
def pictures_needed(number, accuracy, gain, wanted):
    return max(number, int(number * 2 ** ((wanted - accuracy) / gain)))
