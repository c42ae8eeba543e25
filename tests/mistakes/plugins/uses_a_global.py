# predict uses a name that only fit knows | breast-cancer | submit | E202 | 12 | What fit made is not known in predict
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler


def fit(train):
    scaler = StandardScaler().fit(train.frame)
    return LogisticRegression().fit(scaler.transform(train.frame), train.y)


def predict(model, X):
    return model.predict_proba(scaler.transform(X))
