"""What files there are, without reading one: the cheapest look that tells whether anything changed.

Imports nothing but `os`: a run that finds nothing changed must cost little more than this walk.
"""

import os
from collections.abc import Iterator

CHUNK = 1000  # lines
SUFFIXES = (".md", ".markdown", ".txt", ".html")
# path as the user named it, mtime in nanoseconds, bytes, inode
Listed = tuple[str, int, int, int]


def walk(top: str, unreadable: list[tuple[str, str]]) -> Iterator[Listed]:
    """Every article file below a folder, in the order of the file system.

    No symbolic link is followed; hidden files and folders are passed over. Folders that cannot be read
    are added to `unreadable`, with the reason. Paths below `.` do not begin with it.
    """
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    name = entry.name
                    if name[0] == ".":
                        continue
                    if name.lower().endswith(SUFFIXES) and entry.is_file(follow_symlinks=False):
                        yield _listed(entry)
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path.removeprefix("./"))
        except OSError as error:
            unreadable.append((folder, error.strerror or str(error)))


def _listed(entry: "os.DirEntry[str]") -> Listed:
    path = entry.path.removeprefix("./")
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return path, 0, 0, 0  # gone since it was listed: who reads it will be told
    return path, status.st_mtime_ns, status.st_size, status.st_ino


def line(listed: Listed) -> str:
    """One file of a listing, as text."""
    path, mtime_ns, size, inode = listed
    return f"{path}\n{mtime_ns} {size} {inode}\n"


def chunks(tops: list[str]) -> Iterator[bytes]:
    """The listing of several folders as bytes, a piece at a time: equal as long as nothing changed."""
    for top in tops:
        unreadable: list[tuple[str, str]] = []
        lines: list[str] = []
        for listed in walk(top, unreadable):
            lines.append(line(listed))
            if len(lines) == CHUNK:
                yield encoded(lines)
                lines.clear()
        lines.extend(f"{folder}\n{reason}\n" for folder, reason in unreadable)
        yield encoded(lines)


def encoded(lines: list[str]) -> bytes:
    """Lines of a listing as bytes, whatever bytes are in their names."""
    return "".join(lines).encode(errors="surrogateescape")
