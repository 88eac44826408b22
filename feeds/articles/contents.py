"""A file's bytes, taken apart once, whoever asks what of them."""

from functools import cached_property
from typing import Final

from feeds.articles import front_matter, plain
from feeds.articles.front_matter import FrontMatter

# Up to so many files, the full parse mostly takes less than to compile the grammar that makes it needless.
FEW: Final = 3


class Contents:
    """The bytes of an article file, and the front matter in them.

    `plain` is the front matter if its layout proves it to be of the plain kind, which is not asked of the
    first files of a run: `count` is how many came before.
    """

    def __init__(self, data: bytes, *, count: int = FEW) -> None:
        self.data = data
        self.plain = plain.split(data) if count >= FEW else None

    @cached_property
    def front_matter(self) -> FrontMatter | None:
        """By the full parse; None for a file that has none. Raises FrontMatterError."""
        return front_matter.split(self.data)
