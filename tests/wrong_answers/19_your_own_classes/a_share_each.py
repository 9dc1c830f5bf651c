# exercise-3: more-pictures-in-proportion
import math


def pictures_needed(number, accuracy, gain, wanted):
    return max(number, math.ceil(number * (1 + (wanted - accuracy) / gain)))
