# exercise-2
def standardize(train, validation):
    def standard(part):
        return (part - train.mean()) / train.std()

    return [standard(train), standard(validation)]
