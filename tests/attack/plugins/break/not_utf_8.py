# its source is not UTF-8
name = 'Müller'


def fit(train):
    return 0


def predict(model, X):
    return 0
