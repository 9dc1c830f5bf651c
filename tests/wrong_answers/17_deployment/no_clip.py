# exercise-2: overflow
import numpy as np


def fit_grid(numbers):
    low, high = min(numbers.min(), 0), max(numbers.max(), 0)
    scale = (high - low) / 255
    zero_point = round(-128 - float(low) / scale)
    quantized = np.round(numbers / scale).astype(int) + zero_point
    return (quantized & 255).astype("uint8").view("int8"), scale, zero_point
