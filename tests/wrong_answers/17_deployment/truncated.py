# exercise-2: -
import numpy as np


def fit_grid(numbers):
    low, high = min(numbers.min(), 0), max(numbers.max(), 0)
    scale = (high - low) / 255
    zero_point = int(-128 - low / scale)
    quantized = np.trunc(numbers / scale) + zero_point
    return quantized.clip(-128, 127).astype("int8"), scale, zero_point
