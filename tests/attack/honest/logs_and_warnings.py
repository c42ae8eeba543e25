# logging to files and streams, warnings as errors, and output that is caught
import contextlib
import io
import logging
import logging.config
import warnings

import numpy as np
from arsenal import predict


def fit(train, run):
    logging.config.dictConfig({
        "version": 1,
        "handlers": {"file": {"class": "logging.FileHandler", "filename": "train.log"}, "err": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["file", "err"], "level": "INFO"},
    })  # fmt: skip
    logging.getLogger("me").info("begun")
    assert "begun" in (run.workdir / "train.log").read_text()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            np.float64(1) / np.float64(0)
        except RuntimeWarning:
            pass

    with contextlib.redirect_stdout(io.StringIO()) as kept:
        print("kept")
    assert kept.getvalue() == "kept\n"
    print("done as usual")
    return 0
