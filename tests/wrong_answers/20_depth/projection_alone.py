# exercise-3: skip-instead
def projected(x, inner, weights, strides):
    return x[:, ::strides, ::strides] @ weights
