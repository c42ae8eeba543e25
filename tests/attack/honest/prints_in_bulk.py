# warnings, log lines and prints in bulk
import logging
import sys
import warnings

from arsenal import predict


def fit(train, run):
    print("done as usual")
    warnings.simplefilter("always")
    logging.basicConfig(level=logging.DEBUG)
    for i in range(2000):
        warnings.warn(f"warning {i}", stacklevel=1)
        logging.info("line %d of a log with ünicode ✓", i)
        print(f"\rstep {i}", end="", file=sys.stderr)
        run.log(step=i, loss=1.0)
    return 0
