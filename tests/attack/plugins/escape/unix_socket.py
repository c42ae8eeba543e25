# tries to reach a server of the host by a socket in the file system
import socket

from arsenal import FACTS, attempt, predict


def talk(path):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        connection.connect(path)
        connection.sendall(b"unix")
        return connection.recv(100)


def fit(train):
    attempt("socket", lambda: talk(FACTS["unix"]))
    for path in ("/var/run/docker.sock", "/run/dbus/system_bus_socket", "/run/systemd/private"):
        attempt(path, lambda path=path: talk(path) or "open")
    return 0
