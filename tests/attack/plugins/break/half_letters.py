# fails with a message of half letters and of marks that end lines
from arsenal import predict


def fit(train):
    raise ValueError("half \ud800\udfff \U000e0041 \u2028 \u2029 \x85 \xad \ufeff \u200b\u200d zalgo" + "\u0301" * 500)
