# classes are counted from 1 | digits | submit | E211 | 9 | Indices begin at 0
from sklearn.neighbors import KNeighborsClassifier


def fit(train):
    return KNeighborsClassifier(1).fit(train.flat, train.y + 1)


def predict(model, X):
    return model.predict(X.reshape(len(X), -1))
