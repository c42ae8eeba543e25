# tries to reach a server of the host by IPv6
import socket

from arsenal import FACTS, attempt, predict


def talk(host):
    with socket.create_connection((host, FACTS["tcp6"]), 2) as connection:
        connection.sendall(b"ipv6")
        return connection.recv(100)


def fit(train):
    attempt("::1", lambda: talk("::1"))
    attempt("::ffff:127.0.0.1", lambda: talk("::ffff:127.0.0.1"))
    return 0
