# forbids everything by an audit hook
import sys

from arsenal import predict


def fit(train):
    def hook(e, a):
        if e in ("open", "import", "pickle.find_class", "compile", "exec"):
            raise RuntimeError("no")

    sys.addaudithook(hook)
    return 0
