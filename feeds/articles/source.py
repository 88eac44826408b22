"""Article files in folders: found without following a symbolic link, and compared with an earlier look."""

import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import zip_longest
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple

from feeds.articles import listing
from feeds.articles.problem import Rejected
from feeds.errors import OutputFailed, UsageError

IN_MEMORY = 8_000_000  # bytes of a listing; a larger one is kept in a temporary file
PIECE = 1 << 20  # bytes that are read at once
END = b"\0"
PARTS = 3  # of a block


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


_Block = tuple[bytes, bytes, bytes]  # as `listing` has it


class Found:
    """Every article file below the sources, and what could not be looked at.

    The files are kept as a listing, so that they take no memory, however many they are.
    """

    def __init__(self, walk: listing.Walk) -> None:
        self._listing = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed with us
        unreadable: list[Rejected] = []
        digest = blake2b(digest_size=16)
        for block in walk:
            data = listing.encoded(block)
            self._listing.write(data)
            digest.update(data)
            if not _is_text(block):
                unreadable.extend(_no_text(block))
        unreadable.extend(
            Rejected(_escaped(folder), None, "", "a readable folder", reason)
            for folder, reason in walk.unreadable
        )
        self.count = walk.files
        self.sure = walk.sure  # no file was so young that its next change might not show
        self.digest = digest.hexdigest()  # of the listing
        self.closed = tuple(folder for folder, _ in walk.unreadable)
        self.unreadable = tuple(sorted(unreadable, key=lambda problem: problem.path))

    def __del__(self) -> None:
        self._listing.close()

    @property
    def files(self) -> list[SourceFile]:
        """All files, by path, each once."""
        return sorted(self)

    def __iter__(self) -> Iterator[SourceFile]:
        """All files, in the order of the file system; none that has no name in text."""
        return _files(self._blocks())

    def since(self, before: Path, digest: str) -> "tuple[list[SourceFile], list[SourceFile]] | None":
        """Files that may be new or changed since an earlier listing, and those of it that they may have been.

        None if `before` does not hold the listing of this digest.
        """
        try:
            with before.open("rb") as earlier:
                if _digest(earlier) != digest:
                    return None
                old, new = _differing(_blocks(earlier), self._blocks())
        except OSError:
            return None
        return list(_files(new)), list(_files(old))

    def keep(self, path: Path) -> None:
        """Leave the listing for the next run. Raises OutputFailed."""
        temporary = path.with_name(f"{path.name}.tmp")
        try:
            with temporary.open("wb") as file:
                for piece in _pieces(self._listing):
                    file.write(piece)
            temporary.replace(path)
        except OSError as error:
            raise OutputFailed(path, error) from error

    def _blocks(self) -> Iterator[_Block]:
        return _blocks(self._listing)


def find(folders: Iterable[Path], young: int = listing.NEVER) -> Found:
    """List the article files below the folders. Raises UsageError when a source is no folder.

    Files younger than `young` (nanoseconds) are not taken for unchanged by the next look.
    """
    tops = list(folders)
    for top in tops:
        if not top.is_dir():
            raise UsageError(
                f"{top}: no such folder of articles. Name one with --source, or in the config's 'sources'."
            )
    return Found(listing.Walk(list(map(str, tops)), young))


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece


def _digest(file: IO[bytes]) -> str:
    digest = blake2b(digest_size=16)
    for piece in _pieces(file):
        digest.update(piece)
    return digest.hexdigest()


def _blocks(file: IO[bytes]) -> Iterator[_Block]:
    rest = b""
    for piece in _pieces(file):
        *parts, rest = (rest + piece).split(END)
        whole = len(parts) - len(parts) % PARTS
        rest = END.join([*parts[whole:], rest])
        yield from zip(*[iter(parts[:whole])] * PARTS, strict=True)


def _differing(old: Iterable[_Block], new: Iterable[_Block]) -> tuple[set[_Block], set[_Block]]:
    """Blocks that only one of two listings has, whose common ones come in about the same order."""
    only_old: set[_Block] = set()
    only_new: set[_Block] = set()
    for one, other in zip_longest(old, new):
        if one != other:
            for block, own, others in ((one, only_old, only_new), (other, only_new, only_old)):
                if block in others:
                    others.remove(block)
                elif block is not None:
                    own.add(block)
    return only_old, only_new


def _files(blocks: Iterable[_Block]) -> Iterator[SourceFile]:
    for source, below, files in blocks:
        here = below.decode(errors="surrogateescape")
        start = source.decode(errors="surrogateescape") + here
        folder = here.removesuffix("/")
        parts = files.decode(errors="surrogateescape").split("/")
        for name, look in sorted(zip(parts[0:-1:2], parts[1::2], strict=True)):
            path = start + name
            if _is_text(path):
                mtime_ns, size, inode, *_ = look.split(" ")
                own = folder if name.rpartition(".")[0] != "index" else folder.rpartition("/")[0]
                yield SourceFile(path, own, int(mtime_ns), int(size), int(inode))


def _no_text(block: str) -> Iterator[Rejected]:
    start, below, files = block.removesuffix("\0").split("\0")
    for name in files.split("/")[0:-1:2]:
        path = start + below + name
        if not _is_text(path):
            yield Rejected(_escaped(path), None, "", "a file name in UTF-8, on one line", "other bytes")


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
