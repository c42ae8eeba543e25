"""Words for names that nobody chose: handles of teams (``calm-lynx``) and the code of a class (``brave-otter-41``)."""

from __future__ import annotations

import secrets
from collections.abc import Callable

# Short, friendly, told apart by ear, and none that reads as a remark about whoever gets it.
ADJECTIVES = tuple(
    """
    able agile amber apt azure bold brave bright brisk busy calm candid clear clever cosmic cosy
    crisp daring deft early eager easy exact fair fast fine firm fresh gentle glad golden good grand happy hardy
    humble jolly keen kind lively lucid lucky lunar merry modest neat nimble noble novel open patient
    polite prime proud quick quiet rapid ready royal sharp silent silver smart smooth snowy solar sound
    spry steady sunny sure swift tidy tranquil trusty upbeat valid vivid warm wise witty zesty
    """.split()  # noqa: SIM905 - two hundred words are read, and added to, as text
)
ANIMALS = tuple(
    """
    alpaca badger bat bear beaver bee beetle bison bobcat camel cat cheetah condor crane cricket
    deer dingo dolphin dove duck eagle egret elk falcon ferret finch fox frog gecko gibbon hare hawk hedgehog
    heron ibex ibis iguana jackal jaguar jay kestrel kiwi koala lark lemur leopard lion lizard llama lobster
    lynx magpie marten moth newt ocelot orca osprey otter owl panda panther parrot pelican penguin
    puffin puma quail rabbit raven robin salmon seal sparrow stork swallow swan tapir tiger
    toucan trout turtle walrus wolf wombat wren yak zebra
    """.split()  # noqa: SIM905 - two hundred words are read, and added to, as text
)


def handle(is_taken: Callable[[str], bool]) -> str:
    """Two words that no team is called by; with a number where the words have run short."""
    for attempt in range(100):
        words = _pair() if attempt < 50 else f"{_pair()}-{secrets.randbelow(900) + 100}"
        if not is_taken(words):
            return words
    return f"{_pair()}-{secrets.token_hex(8)}"


def word_code() -> str:
    """The code of a class: two words and a number, to be read aloud and typed on a phone.

    About a million of them: with the limit on how often one may try, and for the hours of a lesson, nobody hits one by
    chance. It keeps passers-by out; who is who is decided by the roster and the host's eyes.
    """
    return f"{_pair()}-{secrets.randbelow(90) + 10}"


def _pair() -> str:
    return f"{secrets.choice(ADJECTIVES)}-{secrets.choice(ANIMALS)}"
