# exercise-2: off-by-one
import numpy as np


def fit_grid(numbers):
    low, high = min(numbers.min(), 0), max(numbers.max(), 0)
    scale = (high - low) / 256
    zero_point = int(round(-128 - low / scale))
    quantized = np.round(numbers / scale) + zero_point
    return quantized.clip(-128, 127).astype("int8"), scale, zero_point
