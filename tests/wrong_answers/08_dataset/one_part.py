# exercise-2: slip
def standardize(train, validation):
    mean, deviation = train.mean(), train.std()
    return (train - mean) / deviation
