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
        name = path.parent.name if path.stem == "index" else path.stem
        return unicodedata.normalize("NFC", name or path.stem)

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
        real = top.resolve()
        for found in _walk(top, unreadable):
            files.setdefault(real / found.path.relative_to(top), found)
    return sorted(files.values(), key=lambda file: file.shown), unreadable


def _walk(top: Path, unreadable: list[Rejected]) -> Iterator[SourceFile]:
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                listed = [entry for entry in entries if not entry.name.startswith(".")]
        except OSError as error:
            unreadable.append(Rejected(_shown(folder), None, "", "a readable folder", str(error.strerror)))
            continue
        for entry in listed:
            path = folder / entry.name
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif entry.is_file(follow_symlinks=False) and path.suffix.lower() in SUFFIXES:
                yield SourceFile(path, _shown(path), _below(top, path), _size(entry))


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0  # gone since it was listed: who reads it will be told


def _below(top: Path, path: Path) -> str:
    """The folder that a file's address is made of; an index file stands for its folder."""
    page = path.parent if path.stem == "index" and path.parent != top else path
    below = _shown(page.parent.relative_to(top))
    return "" if below == "." else below


def _shown(path: Path) -> str:
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
