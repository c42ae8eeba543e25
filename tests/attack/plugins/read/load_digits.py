# asks scikit-learn for the data set with its answers, as a beginner may do in good faith
from arsenal import predict


def fit(train):
    from sklearn.datasets import load_digits

    return len(load_digits().target)
