# exercise-3: -
import math


def pictures_needed(number, accuracy, gain, wanted):
    return math.ceil(number * 2 ** ((wanted - accuracy) / gain))
