# exercise-2: -
def standardize(train, validation):
    train = (train - train.mean()) / train.std()
    return train, (validation - train.mean()) / train.std()
