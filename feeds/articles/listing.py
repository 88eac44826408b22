"""What files there are, without reading one: the cheapest look that tells whether anything changed.

Imports nothing but `os`: a run that finds nothing changed must cost little more than this walk.
"""

import os
from collections.abc import Iterator

SUFFIXES = (".md", ".markdown", ".txt", ".html")
# path as the user named it, mtime in nanoseconds, bytes, inode
Listed = tuple[str, int, int, int]


def walk(top: str, unreadable: list[tuple[str, str]]) -> Iterator[Listed]:
    """Every article file below a folder, in the order of the file system.

    No symbolic link is followed; hidden files and folders are passed over. Folders that cannot be read
    are added to `unreadable`, with the reason.
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
                        folders.append(entry.path)
        except OSError as error:
            unreadable.append((folder, error.strerror or str(error)))


def _listed(entry: "os.DirEntry[str]") -> Listed:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return entry.path, 0, 0, 0  # gone since it was listed: who reads it will be told
    return entry.path, status.st_mtime_ns, status.st_size, status.st_ino
