# tries to reach a server of the host by an abstract socket, which no file system holds
import socket

from arsenal import FACTS, attempt, predict


def talk():
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        connection.connect("\0" + FACTS["abstract"])
        connection.sendall(b"abstract")
        return connection.recv(100)


def fit(train):
    attempt("abstract socket", talk)
    return 0
