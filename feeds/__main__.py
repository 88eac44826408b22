"""`python -m feeds` is `feeds`."""

from feeds.cli.main import entry_point

if __name__ == "__main__":
    entry_point()
