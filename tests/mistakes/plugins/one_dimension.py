# a single column, in single brackets | breast-cancer | submit | E202 | 6 | with two brackets
from sklearn.tree import DecisionTreeClassifier


def fit(train):
    return DecisionTreeClassifier().fit(train.frame["mean radius"], train.y)
