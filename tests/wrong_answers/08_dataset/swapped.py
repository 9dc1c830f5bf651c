# exercise-2: slip
def standardize(train, validation):
    mean, deviation = train.mean(), train.std()
    return (validation - mean) / deviation, (train - mean) / deviation
