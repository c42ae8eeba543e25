# a cache of compiled code, as numba keeps one: in the home and beside the source where that can be written
import importlib.util
import marshal
import os
import py_compile
from pathlib import Path

import joblib
from arsenal import predict


def fit(train):
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "compiled"
    cache.mkdir(parents=True)
    (cache / "f.bin").write_bytes(marshal.dumps(compile("6 * 7", "f", "eval")))
    assert eval(marshal.loads((cache / "f.bin").read_bytes())) == 42
    (cache / "g.py").write_text("VALUE = 42\n")
    compiled = py_compile.compile(str(cache / "g.py"), doraise=True)
    spec = importlib.util.spec_from_file_location("g", compiled)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    square = joblib.Memory(cache / "joblib", verbose=0).cache(abs)
    assert (module.VALUE, square(-3), square(-3)) == (42, 3, 3)
    print("done as usual")
    return 0
