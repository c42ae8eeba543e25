# tables written in formats of pandas, and read again
import io

import pandas as pd
from arsenal import predict


def fit(train, run):
    table = pd.DataFrame({"y": train.y, "name": [f"n{i}" for i in range(len(train.y))]})
    table.to_pickle(run.workdir / "t.pkl")
    table.to_csv(run.workdir / "t.csv.gz", index=False)
    table.to_json(run.workdir / "t.json")
    assert pd.read_csv(run.workdir / "t.csv.gz").equals(pd.read_pickle(run.workdir / "t.pkl"))
    assert len(pd.read_json(io.StringIO((run.workdir / "t.json").read_text()))) == len(table)
    try:
        table.to_parquet(run.workdir / "t.parquet")
    except ImportError:
        print("no parquet here")
    print("done as usual")
    return 0
