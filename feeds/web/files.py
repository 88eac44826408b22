"""Files as the output folder has them at this moment: regular ones, reached without a symbolic link."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

# Errors that say "there is no such file here for you"; ELOOP is what O_NOFOLLOW says of a link.
ABSENT = frozenset(
    (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG, errno.EMLINK)
)
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Not blocking, should a FIFO take the file's place between a look at it and its opening.
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
LARGEST = 64 * 1024 * 1024
ATTEMPTS = 3


class Stamp(NamedTuple):
    """What tells one version of a file from another."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @property
    def modified(self) -> int:
        """The second of the last change."""
        return self.mtime_ns // 1_000_000_000


def look(root: Path, path: str) -> Stamp | None:
    """The file's stamp; None where there is none to serve. Raises OSError for trouble of the machine's."""
    try:
        with _folder_of(root, path) as (folder, name):
            return _stamp(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except OSError as error:
        _unless_absent(error)
        return None


def read(root: Path, path: str) -> tuple[Stamp, bytes] | None:
    """All bytes of one version of the file, with its stamp; None and OSError as `look`."""
    try:
        with _folder_of(root, path) as (folder, name):
            # Looked at first: to open a device can have effects.
            if _stamp(os.stat(name, dir_fd=folder, follow_symlinks=False)) is None:
                return None
            with open(os.open(name, FILE, dir_fd=folder), "rb") as file:  # noqa: PTH123 - a descriptor
                return _whole(file.fileno())
    except OSError as error:
        _unless_absent(error)
        return None


def _whole(descriptor: int, attempts: int = ATTEMPTS) -> tuple[Stamp, bytes] | None:
    """Ours are replaced, never written to; of what a user edits in place, a read that met no edit counts."""
    before = _stamp(os.fstat(descriptor))
    if before is None:
        return None
    data = _bytes(descriptor, before.size)
    unedited = _stamp(os.fstat(descriptor)) == before and len(data) == before.size
    return (before, data) if unedited or attempts == 1 else _whole(descriptor, attempts - 1)


def _bytes(descriptor: int, size: int) -> bytes:
    parts, offset = [], 0
    while part := os.pread(descriptor, max(size - offset, 0) + 1, offset):
        parts.append(part)
        offset += len(part)
        if offset > LARGEST:
            break
    return b"".join(parts)


def _stamp(status: os.stat_result) -> Stamp | None:
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
        return None
    return Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@contextmanager
def _folder_of(root: Path, path: str) -> Iterator[tuple[int, str]]:
    """A descriptor of the folder that holds the file, with no link on the way; the root may be one."""
    *folders, name = path.split("/")
    descriptor = os.open(root, FOLDER)
    try:
        for folder in folders:
            below = os.open(folder, FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor, name
    finally:
        os.close(descriptor)


def _unless_absent(error: OSError) -> None:
    if error.errno not in ABSENT:
        raise error
