# fills its folder with files, none of which is too large
from arsenal import predict


def fit(train):
    for i in range(90):
        with open(f"kit_attack_{i}", "wb", 0) as file:
            if file.write(bytes(16 << 20)) < 16 << 20:
                raise OSError(28, "no space")
    return 0
