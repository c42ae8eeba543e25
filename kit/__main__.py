"""``python -m kit``: the same command line where the script is not on the PATH."""

from kit.cli import main

if __name__ == "__main__":
    main()
