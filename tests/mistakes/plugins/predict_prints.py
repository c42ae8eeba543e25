# predict prints its answers in place of returning them | digits | submit | E213 | 9 | one answer for each row of X
from sklearn.neighbors import KNeighborsClassifier


def fit(train):
    return KNeighborsClassifier().fit(train.flat, train.y)


def predict(model, X):
    answers = model.predict(X.reshape(len(X), -1))
    print(answers[:5])
