"""Where the command line begins, as the script ``kit`` and as ``python -m kit``.

Until the boundary of `kit.cli` stands, Ctrl-C ends the process as it ends any other: without a traceback.
"""

import signal


def main() -> None:
    """Run the command line and exit."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from kit.cli import main as run

    run()


if __name__ == "__main__":
    main()
