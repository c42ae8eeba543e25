# torchvison is not the name of the package | digits | submit | E102 | 3 | not installed here: torchvison
import numpy as np
import torchvison


def fit(train):
    return np.bincount(train.y).argmax()
