# fit leaves out columns that predict keeps | breast-cancer | submit | E202 | 11 | fit learned from 20 columns, predict gives 30
from sklearn.naive_bayes import GaussianNB


def fit(train):
    X = train.frame.to_numpy()[:, :20]
    return GaussianNB().fit(X, train.y)


def predict(model, X):
    return model.predict_proba(X.to_numpy())
