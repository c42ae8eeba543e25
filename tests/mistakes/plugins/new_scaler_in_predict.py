# predict transforms with a scaler that has learned nothing | breast-cancer | submit | E202 | 11 | a new one in place of what fit has learned
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler


def fit(train):
    return GaussianNB().fit(StandardScaler().fit_transform(train.frame), train.y)


def predict(model, X):
    X = StandardScaler().transform(X)
    return model.predict_proba(X)
