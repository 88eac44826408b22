"""What can go wrong as a whole.

    FeedsError                exit 1: refused or failed; what was published before still stands
    ├── Locked                another publisher holds the state folder
    ├── NothingFound          no article where there were some: an unmounted folder, a wrong path
    ├── Flooded               more would change at once than a publisher means
    ├── OutputFailed          a file could not be written
    ├── LibraryFailed         SQLite could not read or write what we remember
    ├── ServeFailed           the address to serve on cannot be had
    └── UsageError            exit 2: wrong options or a missing source
        └── ConfigError       exit 2: the config file, with its line

One article that cannot be published is no error but a result: see `feeds.articles.problem`.
"""

TYPE_CHECKING = False  # a run that changes nothing must not wait for `typing` or `pathlib`
if TYPE_CHECKING:
    from pathlib import Path


class FeedsError(Exception):
    """A run could not be completed; the message says what happened and what to do."""

    exit_code = 1


class Locked(FeedsError):  # noqa: N818 - reads as a state, which it is
    """Another publisher holds the state folder."""

    def __init__(self, lock: "Path", holder: str) -> None:
        who = f" (process {holder})" if holder else ""
        super().__init__(
            f"{lock}: another publisher is at work{who}. Try again when it is done, or pass --wait."
        )


class NothingFound(FeedsError):  # noqa: N818
    """The sources hold no article, and subscribers have some."""

    def __init__(self, sources: "tuple[Path, ...]", standing: int) -> None:
        places = ", ".join(map(str, sources))
        super().__init__(
            f"{places}: no article found, while {standing} stand in the feeds. Nothing was published. "
            "If they are meant to go, pass --allow-flood; else look whether the folder is mounted and right."
        )


class Flooded(FeedsError):  # noqa: N818
    """More would change at once than a publisher means; `seen` says what, a line each."""

    def __init__(self, seen: "tuple[str, ...]") -> None:
        self.seen = seen
        advice = (
            "If all of that is meant, pass --allow-flood for one run; else look for an unmounted folder, "
            "a wrong path, a broken sync. The thresholds are 'guard' in the config."
        )
        first = "Nothing was published: too much would change at once."
        super().__init__("\n".join((first, *(f"  {one}" for one in seen), advice)))


class OutputFailed(FeedsError):  # noqa: N818
    """A file of the output or of the state could not be written."""

    def __init__(self, path: "Path", error: OSError) -> None:
        super().__init__(
            f"{path}: cannot be written: {error.strerror or error}. What was published before still stands."
        )


class ServeFailed(FeedsError):  # noqa: N818
    """Nobody can listen on this address."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot serve on {host} port {port}: {reason}.")


class LibraryFailed(FeedsError):  # noqa: N818
    """SQLite could not read or write what we remember of earlier runs."""

    def __init__(self, path: "Path", error: Exception) -> None:
        super().__init__(
            f"{path}: the library cannot be read or written: {error}. What was published before still stands."
        )


class UsageError(FeedsError):
    """The command line asks for something that is not there."""

    exit_code = 2


class ConfigError(UsageError):
    """The config file says something that cannot be meant; one line for each such place."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
