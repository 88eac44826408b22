"""Article files in folders: found, in a fixed order, without following a symbolic link."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from feeds.articles import listing
from feeds.articles.problem import Rejected
from feeds.errors import UsageError


class SourceFile(NamedTuple):
    """A file that may hold an article. `path` is as the user named it, with slashes; files compare by it."""

    path: str
    folder: str  # below the source folder, with slashes; empty at its top
    mtime_ns: int
    size: int
    inode: int

    @property
    def stem(self) -> str:
        """The name that its id is made of (NFC): the file's, or the folder's for index files."""
        folder, _, name = self.path.rpartition("/")
        stem = name.rpartition(".")[0]
        if stem == "index":
            stem = folder.rpartition("/")[2] or stem
        return stem if stem.isascii() else unicodedata.normalize("NFC", stem)

    @property
    def is_html(self) -> bool:
        """Whether its body is HTML rather than Markdown."""
        return self.path.lower().endswith(".html")


@dataclass(frozen=True, slots=True)
class Found:
    """Every article file below the sources, by path, and what could not be looked at."""

    files: list[SourceFile]
    unreadable: tuple[Rejected, ...]  # folders, and files whose name is no text
    listing: bytes  # as `listing.chunks` gives it


def find(folders: Iterable[Path]) -> Found:
    """List the article files below the folders, each once. Raises UsageError when a source is no folder."""
    files: list[SourceFile] = []
    unreadable: list[Rejected] = []
    lines: list[str] = []
    seen: list[str] = []
    for top in folders:
        if not top.is_dir():
            raise UsageError(
                f"{top}: no such folder of articles. Name one with --source, or in the config's 'sources'."
            )
        files.extend(_below(top, seen, unreadable, lines))
        seen.append(str(top.resolve()))
    files.sort(key=lambda file: file.path)
    problems = tuple(sorted(unreadable, key=lambda problem: problem.path))
    return Found(files, problems, listing.encoded(lines))


def _below(top: Path, seen: list[str], unreadable: list[Rejected], lines: list[str]) -> Iterator[SourceFile]:
    name, real = str(top), str(top.resolve())
    closed: list[tuple[str, str]] = []
    for listed in listing.walk(name, closed):
        lines.append(listing.line(listed))
        path, mtime_ns, size, inode = listed
        below = path.removeprefix(name).removeprefix("/")
        if seen and any(f"{real}/{below}".startswith(f"{other}/") for other in seen):
            continue  # sources that overlap: the first that lists a file names it
        if not _is_text(path):
            expected = "a file name in UTF-8, on one line"
            unreadable.append(Rejected(_escaped(path), None, "", expected, "other bytes"))
            continue
        yield SourceFile(path, _folder(below), mtime_ns, size, inode)
    lines.extend(f"{folder}\n{reason}\n" for folder, reason in closed)
    unreadable.extend(
        Rejected(_escaped(folder), None, "", "a readable folder", reason) for folder, reason in closed
    )


def _folder(below: str) -> str:
    """What a file's address is made of; an index file stands for its folder."""
    folder, _, name = below.rpartition("/")
    return folder.rpartition("/")[0] if name.rpartition(".")[0] == "index" else folder


def _is_text(path: str) -> bool:
    if "\n" in path or "\r" in path:
        return False
    if path.isascii():
        return True
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _escaped(path: str) -> str:
    text = path.encode(errors="surrogateescape").decode(errors="backslashreplace")
    return text.replace("\n", "\\n").replace("\r", "\\r")
