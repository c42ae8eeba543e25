# images are given to an estimator that takes rows of numbers | digits | submit | E202 | 6 | train.flat in fit
from sklearn.neighbors import KNeighborsClassifier


def fit(train):
    return KNeighborsClassifier().fit(train.X, train.y)
