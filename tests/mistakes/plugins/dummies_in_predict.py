# get_dummies makes other columns of other rows | breast-cancer | submit | E202 | 16 | get_dummies makes other columns of other rows
import pandas as pd
from sklearn.tree import DecisionTreeClassifier


def prepared(frame):
    size = frame["mean radius"].round().astype(int).astype(str)
    return pd.get_dummies(size)


def fit(train):
    return DecisionTreeClassifier().fit(prepared(train.frame), train.y)


def predict(model, X):
    return model.predict_proba(prepared(X))
