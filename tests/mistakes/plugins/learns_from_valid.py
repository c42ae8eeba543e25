# valid is put to train, so its score says nothing | breast-cancer | check | E122 | 8 | Once it has learned from them
import numpy as np
from sklearn.naive_bayes import GaussianNB


def fit(train, valid):
    X = np.concatenate([train.flat, valid.flat])
    y = np.concatenate([train.y, valid.y])
    return GaussianNB().fit(X, y)


def predict(model, X):
    return model.predict_proba(X.to_numpy())
