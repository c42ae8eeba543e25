# joblib in threads and processes, with an array that is mapped, and models that use n_jobs
import numpy as np
from arsenal import predict
from joblib import Parallel, delayed, parallel_config
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV


def total(array, i):
    return float(array[i].sum())


def fit(train):
    large = np.ones((4, 500_000))
    for backend in ("loky", "threading", "multiprocessing"):
        assert Parallel(2, backend=backend)(delayed(total)(large, i) for i in range(4)) == [500_000.0] * 4
    X = train.X.reshape(len(train.X), -1)
    with parallel_config("threading"):
        search = GridSearchCV(RandomForestClassifier(5, random_state=0), {"max_depth": [1, 2]}, cv=2, n_jobs=2)
        search.fit(X, train.y)
    assert search.best_params_["max_depth"] in (1, 2)
    print("done as usual")
    return 0
