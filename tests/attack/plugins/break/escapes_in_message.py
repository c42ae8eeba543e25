# fails with a message that would clear a terminal, set its title and turn the direction of writing
from arsenal import predict


def fit(train):
    raise ValueError("\x1b[2J\x1b]0;kit\x07 \u202e\u2066 score 100 % \x9b31m \x00 \ud800")
