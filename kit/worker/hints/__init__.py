"""What the words of an exception mean, for those that beginners meet: the cause where there is one, else a guess.

Data only, by whose exception it is: `network`, `table`, `python`. A text of a library is looked for by the part that
says what is wrong, as it is in the versions that the kit runs with; a test provokes each with the library that is
installed.
"""

from __future__ import annotations

from kit.worker.hints.network import NETWORK
from kit.worker.hints.python import PYTHON
from kit.worker.hints.table import TABLE

HINTS = (*NETWORK, *TABLE, *PYTHON)
"""The first that fits is taken: a narrow one stands before a wide one."""
