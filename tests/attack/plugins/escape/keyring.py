# tries to leave something in the keyring of its user, and to read what is there
from arsenal import attempt, predict, system_call


def fit(train):
    attempt("add_key", lambda: system_call(248, 217, b"user", b"kit_attack", b"x", 1, -4))
    attempt("request_key", lambda: system_call(249, 218, b"user", b"kit_attack", 0, -4))
    attempt("keyctl", lambda: system_call(250, 219, 0, -4, 0))
    return 0
