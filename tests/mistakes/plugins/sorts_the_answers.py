# the answers are sorted, so they are those of other rows | digits | check | E217 | 10 | kit explain E217
import numpy as np
from sklearn.neighbors import KNeighborsClassifier


def fit(train):
    return KNeighborsClassifier().fit(train.flat, train.y)

def predict(model, X):
    return np.sort(model.predict(X.reshape(len(X), -1)))
