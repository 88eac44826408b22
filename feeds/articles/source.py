"""Article files in folders: found, in a fixed order, without following a symbolic link."""

import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from feeds.articles.problem import Rejected
from feeds.errors import UsageError

SUFFIXES = frozenset((".md", ".markdown", ".txt", ".html"))


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that may hold an article. `shown` is its path as the user named it; paths compare by it."""

    path: Path
    shown: str
    folder: str  # below the source folder, with slashes; empty at its top
    size: int

    @property
    def stem(self) -> str:
        """The name that its id is made of (NFC): the file's, or the folder's for index files."""
        path = PurePath(self.shown)
        return unicodedata.normalize("NFC", path.parent.name if path.stem == "index" else path.stem)

    @property
    def is_html(self) -> bool:
        """Whether its body is HTML rather than Markdown."""
        return self.path.suffix.lower() == ".html"


def find(folders: Iterable[Path]) -> tuple[list[SourceFile], list[Rejected]]:
    """Every article file below the folders, ordered by path, and the folders that could not be read.

    Hidden files and folders are passed over. Raises UsageError when a source is not a folder.
    """
    files: dict[Path, SourceFile] = {}
    unreadable: list[Rejected] = []
    for top in folders:
        if not top.is_dir():
            raise UsageError(
                f"{top}: no such folder of articles. Name one with --source, or in the config's 'sources'."
            )
        for found in _walk(top, top, unreadable):
            files.setdefault(found.path.absolute(), found)
    return sorted(files.values(), key=lambda file: file.shown), unreadable


def _walk(top: Path, folder: Path, unreadable: list[Rejected]) -> Iterator[SourceFile]:
    try:
        with os.scandir(folder) as entries:
            listed = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        unreadable.append(Rejected(_shown(folder), None, "", "a readable folder", str(error.strerror)))
        return
    for entry in listed:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(top, folder / entry.name, unreadable)
        elif entry.is_file(follow_symlinks=False) and PurePath(entry.name).suffix.lower() in SUFFIXES:
            path = folder / entry.name
            yield SourceFile(path, _shown(path), _below(top, path), entry.stat(follow_symlinks=False).st_size)


def _below(top: Path, path: Path) -> str:
    """The folder that a file's address is made of; an index file stands for its folder."""
    page = path.parent if path.stem == "index" and path.parent != top else path
    below = _shown(page.parent.relative_to(top))
    return "" if below == "." else below


def _shown(path: Path) -> str:
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
