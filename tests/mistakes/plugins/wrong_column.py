# a column is spelt otherwise in the table | breast-cancer | submit | E202 | 6 | The table has no column 'mean_radius'
from sklearn.linear_model import LogisticRegression


def fit(train):
    return LogisticRegression().fit(train.frame[["mean_radius"]], train.y)


def predict(model, X):
    return model.predict_proba(X[["mean_radius"]])
