# fit trains a model and forgets to return it | digits | submit | E201 | 5 | add return model as the last line
from sklearn.neighbors import KNeighborsClassifier


def fit(train):
    model = KNeighborsClassifier()
    model.fit(train.flat, train.y)
