# each batch is scaled by itself | breast-cancer | check | E123 | 12 | Each batch is then measured by itself
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler


def fit(train):
    X = StandardScaler().fit_transform(train.frame)
    return GaussianNB().fit(X, train.y)


def predict(model, X):
    X = StandardScaler().fit_transform(X)
    return model.predict_proba(X)
