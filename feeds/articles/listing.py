"""What files there are, without reading one: the cheapest look that tells whether anything changed.

A listing is blocks of text, each of at most 1,000 files of one folder, in three parts that end in a NUL: the
source as the paths of its files begin, the folder below it in the same way, and of each file its name, its
modification time in nanoseconds, its bytes and its inode, as `NAME/MTIME BYTES INODE/`. No name holds a NUL
or a slash.

Imports nothing but `os`: a run that finds nothing changed must cost little more than this walk.
"""

import os
from collections.abc import Iterator

MOST = 1000  # files of a block
SUFFIXES = (".md", ".markdown", ".txt", ".html")
NEVER = 1 << 63


class Walk:
    """Every article file below folders, as the blocks of a listing.

    Of folders beside each other the last comes first: most are named by date, and who only wants to know
    whether anything changed is soon done. Files come in the order of the file system. No symbolic link is
    followed; hidden files and folders are passed over; where sources overlap, the first that lists a folder
    names it. A file younger than `young` (in nanoseconds) is marked, so that it differs from what any other
    walk says of it.
    """

    def __init__(self, tops: list[str], young: int = NEVER) -> None:
        self.unreadable: list[tuple[str, str]] = []  # folders, and why
        self.files = 0
        self.sure = True  # that no file was young
        self._tops = tops
        self._young = young

    def __iter__(self) -> Iterator[str]:
        seen: list[str] = []
        for top in self._tops:
            real = os.path.realpath(top)
            yield from self._below(top, real, seen)
            seen.append(real)

    def _below(self, top: str, real: str, seen: list[str]) -> Iterator[str]:
        start = _start(top)
        folders = [top]
        while folders:
            folder = folders.pop()
            if seen and _is_below(real + folder[len(top) :], seen):
                continue
            here = _start(folder).removeprefix(start)
            files: list[str] = []
            deeper: list[str] = []
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        name = entry.name
                        if name[0] == ".":
                            continue
                        if name.lower().endswith(SUFFIXES) and entry.is_file(follow_symlinks=False):
                            files.append(self._listed(entry))
                        elif entry.is_dir(follow_symlinks=False):
                            deeper.append(entry.path)
            except OSError as error:
                reason = error.strerror or str(error)
                self.unreadable.append((folder.removeprefix("./"), reason))
                told = reason.replace("/", "|")  # `Input/output error` is no file's name
                yield f"{start}\0{here}\0{told}\0"
            folders += sorted(deeper)
            self.files += len(files)
            for first in range(0, len(files), MOST):
                yield f"{start}\0{here}\0{''.join(files[first : first + MOST])}\0"

    def _listed(self, entry: "os.DirEntry[str]") -> str:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return f"{entry.name}/0 0 0/"  # gone since it was listed: who reads it will be told
        mtime_ns = status.st_mtime_ns
        if mtime_ns <= self._young:
            return f"{entry.name}/{mtime_ns} {status.st_size} {status.st_ino}/"
        self.sure = False
        return f"{entry.name}/{mtime_ns} {status.st_size} {status.st_ino} {self._young}/"


def _start(folder: str) -> str:
    """As the paths of files in a folder begin; paths below `.` do not begin with it."""
    start = folder if folder.endswith("/") else f"{folder}/"
    return start.removeprefix("./")


def _is_below(folder: str, seen: list[str]) -> bool:
    return any(folder == other or folder.startswith(_start(other)) for other in seen)


def encoded(block: str) -> bytes:
    """A block as bytes, whatever bytes are in its names."""
    return block.encode(errors="surrogateescape")
