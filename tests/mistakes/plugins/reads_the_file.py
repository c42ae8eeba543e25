# the data are looked for in a file, as on another site | breast-cancer | submit | E202 | 7 | the rows come as arguments
import pandas as pd
from sklearn.naive_bayes import GaussianNB


def fit(train):
    table = pd.read_csv("data/train.csv")
    return GaussianNB().fit(table.drop(columns="label"), table["label"])
