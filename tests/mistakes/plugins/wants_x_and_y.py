# fit is written as a method of scikit-learn is | digits | submit | E104 | 5 | X, y = train
from sklearn.neighbors import KNeighborsClassifier


def fit(X, y):
    return KNeighborsClassifier().fit(X, y)
