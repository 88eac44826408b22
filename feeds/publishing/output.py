"""Files that are replaced whole, only when their bytes differ, and never torn."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from feeds.errors import Locked, OutputFailed
from feeds.publishing.unchanged import LOCK_FILE

TEMPORARY_PREFIX = ".feeds-"
TEMPORARY_SUFFIX = ".tmp"
PRIVATE = 0o700
PUBLIC = 0o644
TOGETHER = 20  # files that are synced one after the other


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the output: its path below the output folder, with slashes, and its bytes."""

    path: str
    data: bytes


@contextmanager
def locked(state: Path, *, wait: bool) -> Iterator[int]:
    """Hold the state folder's kernel lock; raises Locked when another publisher has it, unless `wait`.

    Gives the file system's time at which it was taken, in nanoseconds: articles are compared with that,
    whatever the system's clock says.
    """
    path = state / LOCK_FILE
    with _writing(path):
        state.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with _writing(path):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Locked(path, os.read(descriptor, 20).decode("ascii", "replace").strip()) from error
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            os.utime(descriptor)
            taken_ns = os.fstat(descriptor).st_mtime_ns
        yield taken_ns
    finally:
        os.close(descriptor)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Whatever the operating system refuses meanwhile is told of this path."""
    try:
        yield
    except OSError as error:
        raise OutputFailed(path, error) from error


def sweep(output: Path) -> None:
    """Remove temporary files that a run left which was cut short."""
    with _writing(output):
        for pattern in ("", "*/"):
            for leftover in output.glob(f"{pattern}{TEMPORARY_PREFIX}*{TEMPORARY_SUFFIX}"):
                leftover.unlink(missing_ok=True)


def differs(output: Path, document: Document) -> bool:
    """Whether other bytes stand, or none."""
    path = output / document.path
    with _writing(path):
        try:
            return path.stat().st_size != len(document.data) or path.read_bytes() != document.data
        except FileNotFoundError:
            return True


def write(output: Path, documents: Iterable[Document]) -> list[str]:
    """Replace each file that differs by temporary file, fsync and rename; then sync each folder once.

    Returns the paths written. Raises OutputFailed; every file is then the old or the new one, whole.
    """
    written: list[str] = []
    folders: dict[Path, None] = {}
    with _Replacements() as replacements:
        for document in documents:
            if differs(output, document):
                path = output / document.path
                replacements.add(path, document.data, new_folder=path.parent not in folders)
                folders[path.parent] = None
                written.append(document.path)
        replacements.finish()
    for folder in (*folders, output) if folders else ():
        _sync_folder(folder)
    return written


MISSING = "none"  # of a stamp: no such file, or none that can be looked at


def stamp(folder: Path, names: Iterable[str]) -> str:
    """What the file system says of files, in one text that changes when one of them does."""
    return ", ".join(_stamp(f"{folder}/{name}") for name in names)


def _stamp(path: str) -> str:
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path takes longer than the look
    except OSError:
        return MISSING
    return f"{status.st_mtime_ns} {status.st_size} {status.st_ino}"


def remove(output: Path, paths: Iterable[str]) -> None:
    """Remove files, and their folders where nothing is left in them."""
    for path in (output / path for path in paths):
        with _writing(path), suppress(FileNotFoundError):
            path.unlink(missing_ok=True)
            if path.parent != output and not any(path.parent.iterdir()):
                path.parent.rmdir()


class _Replacements:
    """Files on their way to their names, some at a time: the first sync takes most of the others along."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Path, Path, int]] = []  # temporary, final, descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what has not got its name."""
        for temporary, _final, descriptor in self._waiting:
            os.close(descriptor)
            with suppress(OSError):  # the next run sweeps it
                temporary.unlink(missing_ok=True)

    def add(self, path: Path, data: bytes, *, new_folder: bool) -> None:
        """Write the file under another name, in the same folder."""
        temporary = path.with_name(f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}{TEMPORARY_SUFFIX}")
        with _writing(path):
            if new_folder:
                path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PUBLIC)
            self._waiting.append((temporary, path, descriptor))
            with open(descriptor, "wb", closefd=False) as file:
                file.write(data)
        if len(self._waiting) == TOGETHER:
            self.finish()

    def finish(self) -> None:
        """Sync the files that were written, and only then give them their names, in the same order."""
        for _, path, descriptor in self._waiting:
            with _writing(path):
                os.fsync(descriptor)
        while self._waiting:
            temporary, path, descriptor = self._waiting[0]
            with _writing(path):
                temporary.replace(path)
            os.close(descriptor)
            del self._waiting[0]


def _sync_folder(folder: Path) -> None:
    with _writing(folder):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
