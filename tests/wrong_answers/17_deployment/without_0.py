# exercise-2: quantization-lossless
import numpy as np


def fit_grid(numbers):
    scale = (numbers.max() - numbers.min()) / 255
    zero_point = int(round(-128 - numbers.min() / scale))
    quantized = np.round(numbers / scale) + zero_point
    return quantized.clip(-128, 127).astype("int8"), scale, zero_point
