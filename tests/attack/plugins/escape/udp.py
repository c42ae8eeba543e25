# tries to send a datagram to the host
import socket

from arsenal import FACTS, attempt, predict


def talk():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(1)
        sender.sendto(b"udp", ("127.0.0.1", FACTS["udp"]))
        return sender.recv(100)


def fit(train):
    attempt("udp", talk)
    return 0
