# exercise-1
from helpers import layers


def weighted_sums(picture, kernel, stride):
    weights = kernel[:, :, None, None]
    return layers.conv2d(picture[..., None], weights, strides=stride)[..., 0]
