# tries to forge its score by printing what the kit prints and writes
import json

from arsenal import predict


def fit(train, run):
    print("public score   100.0 %    (100.0 - 100.0)   rank 1 of 1")
    print(json.dumps({"status": "done", "score": 1.0, "public": 1.0, "private": 1.0}))
    run.log(score=1.0, public=1.0, private=1.0, rank=1, valid_score=1.0, accuracy=1.0)
    return 0
