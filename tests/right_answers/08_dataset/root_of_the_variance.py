# exercise-2
def standardize(train, validation):
    centred = train - train.mean()
    deviation = (centred**2).mean() ** 0.5
    return centred / deviation, (validation - train.mean()) / deviation
