"""What is wrong in an article file, as one clear line."""

from dataclasses import dataclass

from feeds.strict_yaml import shorten


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A place in a file, what was expected there and what was found.

    `path` is the file as the user named it, `line` counts from 1 and is None where no line is to blame,
    `field` is empty where the file as a whole is.
    """

    path: str
    line: int | None
    field: str
    expected: str
    found: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        field = f"{shorten(self.field)}: " if self.field else ""
        return f"{place}: {field}expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True, order=True)
class Rejected(Problem):
    """A file that cannot be an article; nothing of it is published."""


@dataclass(frozen=True, slots=True, order=True)
class Mended(Problem):
    """Something small that was removed or passed over; the article is published without it."""
