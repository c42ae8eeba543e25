"""A competition's data, split and written once: what is public in one folder, the solution in another.

::

    <target>/public/facts.json            what a run and a reader of submissions need to know
             public/train/  valid/        labelled rows   (`kit.dataset.write_part`)
             public/test/                 rows and ids, no labels, nothing of who is public
             private/solution.csv         id, target column, Usage = Public | Private
             private/valid.csv            id, seed of each validation episode of agents. They have no rows: no folder
                                          but these two, and the target of their solution is the seed
             private/made_from            digest of everything this was made from, the salt included

Where a competition takes files only, the public folder has in place of rows::

             public/ids.txt               ids of the test rows, one a line
             public/files/                what the host hands out

The folder is made under another name and renamed, so whoever finds it finds all of it. It is readable by its owner
only. What must be true of a competition for scores to exist at all is checked here, before the first submission.
"""

from __future__ import annotations

from kit.prepare.making import find_prepared, prepare
from kit.prepare.prepared import Prepared, PublicFacts, read_prepared

__all__ = ["Prepared", "PublicFacts", "find_prepared", "prepare", "read_prepared"]
