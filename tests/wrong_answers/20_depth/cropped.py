# exercise-3: -
def projected(x, inner, weights, strides):
    rows, columns = inner.shape[1:3]
    return x[:, :rows, :columns] @ weights + inner
