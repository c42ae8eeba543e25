"""``kit`` alone: where one is, and what can be typed next."""

from __future__ import annotations

from kit import __version__
from kit.cli import screen
from kit.plugin.manager import harness

# Commands that are not registered (a leaner installation) are left out, so that every printed line can be typed.
_COMMANDS = (
    ("demo", "", "three models and one CSV compete, here and now"),
    ("competitions", "", "what you can enter"),
    ("info", "NAME", "data, metric, rules"),
    ("data", "NAME", "the files, for a notebook"),
    ("submit", "PATH", "send a plugin or a CSV, get a rank"),
    ("leaderboard", "NAME", "who is where"),
    ("plugins", "", "the models there are"),
    ("explain", "CODE", "what an error means"),
    ("doctor", "", "what is installed, set and protected here"),
)


def show_start() -> None:
    """Print the start screen."""
    known = harness().catalogue("register_commands")
    rows = [(f"kit {name} {argument}".rstrip(), words) for name, argument, words in _COMMANDS if name in known]
    screen.show(f"kit {__version__}   learn by competing\n")
    you = screen.labelled("You", "not in a class yet: everything below works on this computer alone", room=8)
    screen.show("\n".join([*you, "", *screen.described(rows)]))
    last = [screen.typed("  Teaching?  kit init my-class           All commands: kit --help")]
    if not screen.fits(last):
        last = ["  Teaching?      kit init my-class", "  All commands:  kit --help"]
    screen.show("\n" + "\n".join(last))
