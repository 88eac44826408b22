"""The output folder as a web server answers for it, whatever the transport: a request in, a response out."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import structlog

from feeds.config import Config
from feeds.library.database import path_for
from feeds.library.departed import departed
from feeds.web import answers
from feeds.web.answers import Answer, Response
from feeds.web.encoding import choose
from feeds.web.kinds import OF_A_FEED, kind_of
from feeds.web.policy import Policy
from feeds.web.targets import INDEX, path_of
from feeds.web.versions import LIMIT, Version, Versions

LEDGER_FRESH = 1.0  # seconds until the ledger is looked at again
READING = (b"GET", b"HEAD")
SUFFIXES = ("", "-wal")  # of the database: what is new is in its log first

Header = tuple[bytes, bytes]
Stamp = tuple[tuple[int, int, int] | None, ...]
log = structlog.get_logger()


class Access(NamedTuple):
    """One request and what it got, for an access log; `target` is without its query, which may be private."""

    client: str
    method: str
    target: str
    status: int
    size: int


class Responder:
    """Answers for one output folder.

    `traffic` counts responses by (slug, file, status); what is no format of a feed has ("", "", status).
    `access`, where it is set, is called after each response.
    """

    def __init__(self, config: Config, limit: int = LIMIT) -> None:
        self.traffic: Counter[tuple[str, str, int]] = Counter()
        self.access: Callable[[Access], None] | None = None
        self._limit = limit
        self._changing = threading.Lock()
        self.configure(config)

    def configure(self, config: Config) -> None:
        """From now on answer as this config says; every file is read anew."""
        with self._changing:
            self._config = config
            self._library = path_for(config.state, config.output)
            self._stamp = _stamp(self._library)
            self._departed = departed(self._library)
            self._due = time.monotonic() + LEDGER_FRESH
            self._output = _Output(config.output, Policy(config, self._departed), self._limit)

    def respond(self, method: bytes, target: bytes, headers: Iterable[Header]) -> Response:
        """The response to a request; reads what has to be read.

        `target` is the path as it was sent, without a query; header names are in lower case.
        """
        accept, asked = answers.selected(headers)
        answer = self.prepare(target, accept) if method in READING else _without_reading(method)
        return answer.to(method, asked)

    def at_once(self, method: bytes, target: bytes, headers: Iterable[Header]) -> Response | None:
        """The same response where all of it is in memory, else None; for who must not wait for a disk."""
        accept, asked = answers.selected(headers)
        answer = self._in_memory(target, accept) if method in READING else _without_reading(method)
        return None if answer is None else answer.to(method, asked)

    def _in_memory(self, target: bytes, accept: bytes) -> Answer | None:
        """The target's answer, if it was prepared and the file and the ledger are still the same."""
        path = path_of(target)
        if path is None:
            return answers.NOT_FOUND
        now = time.monotonic()
        if now >= self._due and not self._ledger_is_the_same(now):
            return None
        version = self._output.versions.at_hand(path, now)
        return None if version is None else version.answers.get(choose(accept))

    def prepare(self, target: bytes, accept: bytes) -> Answer:
        """The answer for what stands at the target now, from files and ledger where they changed."""
        path = path_of(target)
        if path is None:
            return answers.NOT_FOUND
        self._look_at_ledger()
        try:
            return self._output.prepare(path, choose(accept))
        except OSError as error:
            log.error("cannot be read", file=path, cause=error.strerror)  # noqa: TRY400 - no fault of ours
            return answers.UNREADABLE

    def count(self, response: Response) -> None:
        """Note that the response was given."""
        self.traffic[response.counted_as] += 1

    def _ledger_is_the_same(self, now: float) -> bool:
        if _stamp(self._library) != self._stamp:
            return False
        self._due = now + LEDGER_FRESH
        return True

    def _look_at_ledger(self) -> None:
        with self._changing:
            now = time.monotonic()
            if now < self._due or self._ledger_is_the_same(now):
                return
            self._stamp, self._due = _stamp(self._library), now + LEDGER_FRESH
            known = departed(self._library)
            if known != self._departed:
                self._departed = known
                self._output = _Output(self._config.output, Policy(self._config, known), self._limit)


class _Output:
    """The folder under one policy."""

    def __init__(self, root: Path, policy: Policy, limit: int) -> None:
        self._policy = policy
        self.versions = Versions(root, limit)

    def prepare(self, path: str, coding: str) -> Answer:
        elsewhere = self._moved(path)
        if elsewhere is not None:
            return elsewhere
        kind = kind_of(path)
        version = self.versions.current(path) if kind else None
        if kind is None or version is None:
            return self._missing(path)
        return version.answers.get(coding) or self._made(version, coding)

    def _made(self, version: Version, coding: str) -> Answer:
        kind = kind_of(version.path)
        assert kind is not None  # noqa: S101 - `prepare` looked
        modified = version.stamp.modified
        answer = answers.of_file(version.path, kind, version.data, modified, coding, self._policy)
        self.versions.add(version, coding, answer)
        return answer

    def _moved(self, path: str) -> Answer | None:
        """Where the feed is now, once it is there."""
        slug, slash, name = path.partition("/")
        new = self._policy.moved_to(slug)
        if not new or (slash and name not in OF_A_FEED):
            return None
        if not self.versions.exists(f"{new}/{name or INDEX}"):
            return None
        location = f"../{new}/{'' if name == INDEX else name}" if slash else f"{new}/"
        return answers.moved(location, self._policy.cache_control(new))

    def _missing(self, path: str) -> Answer:
        """A folder without its slash, a feed that was retired, or nothing."""
        slug, slash, name = path.partition("/")
        if self.versions.exists(f"{path}/{INDEX}"):
            return answers.moved(
                f"{quote(path.rpartition('/')[2], safe='')}/", self._policy.cache_control(slug)
            )
        retired = self._policy.retired(slug) and (not slash or name in OF_A_FEED)
        if retired and not any(self.versions.exists(f"{slug}/{file}") for file in OF_A_FEED):
            return answers.gone(self._policy.cache_control(slug))
        return answers.NOT_FOUND


def _without_reading(method: bytes) -> Answer:
    return answers.OPTIONS if method == b"OPTIONS" else answers.NOT_ALLOWED


def _stamp(library: Path) -> Stamp:
    return tuple(_stamp_of(f"{library}{suffix}") for suffix in SUFFIXES)


def _stamp_of(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - once a second on the way of a request
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
