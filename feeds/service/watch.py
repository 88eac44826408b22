"""Notices that articles change: by the file system's events, or by looking where it has none."""

import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from threading import Event, Thread

import structlog
import watchfiles

from feeds.articles.listing import SUFFIXES

# File systems whose other clients change files without an event here (inotify(7), NOTES).
WITHOUT_EVENTS = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "9p",
    "fuse",
    "fuseblk",
    "vboxsf",
    "virtiofs",
    "drvfs",
    "afs",
    "ceph",
}
MOUNTS = Path("/proc/self/mountinfo")
ESCAPED = re.compile(r"\\([0-7]{3})")
DEBOUNCE_MS = 400  # changes that come together are one
STEP_MS = 50
LOOK_MS = 1000
RETRY_SECONDS = 2.0
log = structlog.get_logger("watch")


class Watch:
    """Calls `changed` from a thread of its own soon after an article below a source changes."""

    def __init__(
        self, sources: Collection[Path], apart: Iterable[Path], *, poll: bool, changed: Callable[[], None]
    ) -> None:
        self._sources = tuple(sources)
        self._apart = tuple(path.resolve() for path in apart)
        self._poll = poll or any(file_system(source) in WITHOUT_EVENTS for source in self._sources)
        self._changed = changed
        self._stop = Event()
        self._thread = Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No change is told after this."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        missed = False  # whether something may have changed unseen
        while not self._stop.is_set():
            try:
                self._until_a_source_is_replaced(missed=missed)
            except (OSError, RuntimeError) as error:  # such as more folders than inotify may watch
                log.warning("cannot watch, looks instead", cause=str(error))
                self._poll = True
                self._stop.wait(RETRY_SECONDS)
            missed = True

    def _until_a_source_is_replaced(self, *, missed: bool) -> None:
        roots = self._roots()
        changes = watchfiles.watch(
            *(path for path in self._sources if path.exists()),
            watch_filter=self._matters,
            debounce=DEBOUNCE_MS,
            step=STEP_MS,
            stop_event=self._stop,
            rust_timeout=LOOK_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            force_polling=self._poll,
            poll_delay_ms=LOOK_MS,
            ignore_permission_denied=True,
        )
        for change in changes:
            if change or missed:
                self._changed()
                missed = False
            if self._roots() != roots:  # events go on about the folder that was, and say nothing of the new
                return

    def _matters(self, _kind: watchfiles.Change, name: str) -> bool:
        path = Path(name)
        # A folder that is renamed or removed takes its articles with it.
        return path.suffix.lower() in ("", *SUFFIXES) and not any(map(path.is_relative_to, self._apart))

    def _roots(self) -> list[tuple[int, int] | None]:
        return [_identity(path) for path in self._sources]


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def file_system(path: Path, mounts: Path = MOUNTS) -> str:
    """The type of the file system that a path is on, such as `ext4`; empty where the system does not say."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    place = path.resolve()
    best, kind = "", ""
    for line in lines:
        # proc(5): … root mount-point options … - type source options
        before, _, after = line.partition(" - ")
        mount = ESCAPED.sub(lambda match: chr(int(match[1], 8)), before.split()[4])
        if place.is_relative_to(mount) and len(mount) >= len(best):
            best, kind = mount, after.split()[0]
    return kind.partition(".")[0]  # fuse.sshfs
