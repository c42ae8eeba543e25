# fills /dev/shm, which is memory
from arsenal import predict


def fit(train):
    with open("/dev/shm/kit_attack", "wb", 0) as file:
        for _ in range(90):
            if file.write(bytes(8 << 20)) < 8 << 20:
                raise OSError(28, "no space")
    return 0
