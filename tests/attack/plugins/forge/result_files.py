# tries to forge its score by writing the files in which results are kept
import json
from pathlib import Path

import numpy as np
from arsenal import FACTS, attempt, predict, the_job


def written(folder):
    folder = Path(folder)
    (folder / "outcome.json").write_text(json.dumps({"status": "done", "score": 1.0}))
    np.save(folder / "answers.npy", np.ones(60))
    return str(folder)


def fit(train):
    here = Path(the_job().plugin).parent
    for folder in (here, here / "out", "/out", FACTS["state"], f"{FACTS['state']}/attempts"):
        attempt(f"results in {folder}", lambda folder=folder: written(folder))
    written(Path.cwd())
    return 0
