"""Files in memory: one version of each, with the answers that were made of it."""

import threading
import time
from pathlib import Path

from feeds.web import files
from feeds.web.answers import OfFile
from feeds.web.files import Stamp

FRESH = 0.5  # seconds until a file is looked at again
LIMIT = 256 * 1024 * 1024  # bytes of files and encodings together


class Version:
    """One version of a file: its bytes, and its answers by content coding."""

    __slots__ = ("answers", "checked", "data", "path", "stamp", "used")

    def __init__(self, path: str, stamp: Stamp, data: bytes, now: float) -> None:
        self.path = path
        self.stamp = stamp
        self.data = data
        self.answers: dict[str, OfFile] = {}
        self.checked = now
        self.used = now

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        encoded = (answer.body for answer in self.answers.values() if answer.body is not self.data)
        return len(self.data) + sum(map(len, encoded))


class Versions:
    """The files of one folder, at most `limit` bytes of them; what was asked for longest ago leaves first.

    One thread may ask for what is in memory while others read what is not.
    """

    def __init__(self, root: Path, limit: int = LIMIT) -> None:
        self._root = root
        self._limit = limit
        self._kept: dict[str, Version] = {}
        self._reading = threading.Lock()

    def at_hand(self, path: str, now: float) -> Version | None:
        """The file's version in memory, unless it has to be read again; costs a stat twice a second."""
        version = self._kept.get(path)
        if version is None:
            return None
        if now - version.checked >= FRESH:
            try:
                if files.look(self._root, path) != version.stamp:
                    return None
            except OSError:
                pass  # trouble of the machine's: what was good still is
            version.checked = now
        version.used = now
        return version

    def current(self, path: str) -> Version | None:
        """The file's version of this moment, read if it has to be; raises OSError where that fails."""
        with self._reading:
            now = time.monotonic()
            version = self.at_hand(path, now)
            if version is not None:
                return version
            found = files.read(self._root, path)
            if found is None:
                self._kept.pop(path, None)
                return None
            stamp, data = found
            version = self._kept[path] = Version(path, stamp, data, now)
            return version

    def exists(self, path: str) -> bool:
        """Whether there is such a file."""
        return files.look(self._root, path) is not None

    def add(self, version: Version, coding: str, answer: OfFile) -> None:
        """Keep an answer with its version, and let others go where there is no room for all."""
        with self._reading:
            version.answers[coding] = answer
            total = sum(one.size for one in self._kept.values())
            for one in sorted(self._kept.values(), key=lambda one: one.used):
                if total <= self._limit:
                    break
                total -= one.size
                del self._kept[one.path]
