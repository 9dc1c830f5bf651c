# exercise-3: slip
import math


def pictures_needed(number, accuracy, gain, wanted):
    doublings = max(0, math.ceil((wanted - accuracy) / gain))
    return number * 2**doublings
