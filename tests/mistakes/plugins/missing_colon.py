# the colon after def is missing | digits | submit | E101 | 5 | a colon is missing here
from sklearn.linear_model import LogisticRegression


def fit(train)
    return LogisticRegression().fit(train.flat, train.y)
