# exercise-2: statistics-from-test
import numpy as np


def standardize(train, validation):
    everything = np.concatenate([train, validation])
    mean, deviation = everything.mean(), everything.std()
    return (train - mean) / deviation, (validation - mean) / deviation
