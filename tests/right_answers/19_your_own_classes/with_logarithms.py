# exercise-3
import math


def pictures_needed(number, accuracy, gain, wanted):
    doublings = (max(wanted, accuracy) - accuracy) / gain
    return math.ceil(round(math.exp(math.log(number) + doublings * math.log(2)), 6))
