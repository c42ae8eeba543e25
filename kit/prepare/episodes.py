"""What is written of a competition of agents: no rows, but the seeds of episodes, which nobody sees."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from kit.environments.seeds import draw
from kit.job import Environment, TaskFacts
from kit.prepare.prepared import PublicFacts, write_facts
from kit.prepare.solution import target_column, write_private
from kit.split import rounded

if TYPE_CHECKING:
    from kit.competition import Competition
    from kit.metrics.base import Metric

EPISODES, BATCH = 1000, 256  # held out, and advancing together


def write_episodes(folder: Path, name: str, competition: Competition, metric: Metric, environment: Environment) -> None:
    """Draw the seeds of the episodes, and write them where entrants can't read."""
    n = competition.data.episodes or EPISODES
    n_public = min(max(1, rounded(competition.split.public, n)), n - 1)
    seeds = draw(competition.split.salt, n_valid=n_public, n_public=n_public, n_private=n - n_public)
    facts = PublicFacts(
        name=name,
        digest="",
        task=TaskFacts(
            kind=competition.kind,
            classes=(),
            n_outputs=environment.action.n or max(1, math.prod(environment.action.shape)),
            metric=metric.name,
            needs=metric.needs,
            input_shape=environment.observation.shape,
            environment=environment,
        ),
        n_train=0,
        n_valid=len(seeds.valid),
        n_public=n_public,
        n_private=n - n_public,
        row_id_column_name=competition.submission.row_id_column_name,
        columns=competition.submission.columns,
        batch=competition.data.batch or BATCH,
    )
    # The seeds are not in the digest: it is public, and of short salts all seeds could be tried.
    write_facts(folder / "public", facts, ())
    public, key = set(seeds.public), competition.submission.row_id_column_name
    usages = ("Public" if i in public else "Private" for i in range(n))
    test = ((i, seed, usage) for i, (seed, usage) in enumerate(zip(seeds.test, usages, strict=True)))
    write_private(folder / "private" / "solution.csv", (key, target_column(competition, metric), "Usage"), test)
    write_private(folder / "private" / "valid.csv", (key, "seed"), enumerate(seeds.valid))
