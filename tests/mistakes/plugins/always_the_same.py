# one class for all rows: a constant prediction | digits | submit | - | - | all 216 answers on your validation rows are the same class
from sklearn.linear_model import SGDClassifier


def fit(train):
    return SGDClassifier(max_iter=5, tol=None, alpha=1e6).fit(train.flat, train.y)


def predict(model, X):
    return model.predict(X.reshape(len(X), -1)) * 0
