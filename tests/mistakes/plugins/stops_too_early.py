# the solver is stopped before it has converged | digits | submit | - | - | more max_iter
from sklearn.linear_model import LogisticRegression


def fit(train):
    return LogisticRegression(max_iter=3).fit(train.flat, train.y)
