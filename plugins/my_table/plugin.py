"""My table: fill the gaps, make numbers of words, then a linear model. The first thing to try; make it yours."""

import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

TASKS = ["tabular-classification", "tabular-regression"]


# A linear model adds up: every column times a weight of its own. So all columns must be numbers, none may be missing,
# and they must be of one size, because large weights cost something and small columns would need them.
def prepared(frame):
    numbers = days(frame).select_dtypes(["number", "bool"]).columns
    words = frame.columns.difference(numbers)
    # A number that is missing is taken to be the median of its column; a second column says that it was missing, which
    # may be worth more than the number. Then mean 0 and standard deviation 1.
    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    # A word becomes a column of zeros and ones: is it this word? Words that occur in fewer than 5 rows share a column,
    # and so does every word that comes up for the first time in predict. A missing one is a word like any other.
    ask = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        OneHotEncoder(min_frequency=5, handle_unknown="infrequent_if_exist"),
    )
    columns = make_column_transformer((make_pipeline(fill, StandardScaler()), numbers), (ask, words))
    return make_pipeline(FunctionTransformer(days), columns)  # (n, n_features)


def days(frame):  # a time is a number too
    times = frame.select_dtypes("datetime")
    return frame.assign(**{name: (times[name] - pd.Timestamp(0)) / pd.Timedelta(days=1) for name in times})


def fit(task, train, C=1.0):
    X, y = train
    if task.classes:
        model = LogisticRegression(C=C, max_iter=1000)
    else:
        model = Ridge(alpha=1 / C)
        if task.metric == "rmsle":
            # RMSLE is the RMSE of logarithms. Learn log(1 + y), and the squared error that Ridge makes small is the
            # very one that is scored; take the answers back with exp.
            model = TransformedTargetRegressor(model, func=np.log1p, inverse_func=counts, check_inverse=False)
    # In a pipeline medians, means and words are those of the rows in fit. Taken from all rows, they would tell of the
    # rows that are held back. The kit calls the pipeline's predict_proba, or its predict for values.
    return make_pipeline(prepared(X), model).fit(X, y)


def counts(logarithms):  # exp undoes log; below 0 there is nothing to count
    return np.maximum(np.expm1(logarithms), 0)
