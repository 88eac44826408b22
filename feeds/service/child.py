"""What the process of a run does; imports what a publish needs only when something changed.

It says what became of the run as `(what, value)`, and once more when the hub was told.
"""

import pickle
from collections.abc import Mapping
from contextlib import suppress

from feeds.publishing import unchanged

TYPE_CHECKING = False  # `typing` itself would cost milliseconds
if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from typing import Any

UNCHANGED, PUBLISHED, ANNOUNCED, FAILED = "unchanged", "published", "announced", "failed"


def work(sender: "Connection", before: "Mapping[str, Any] | None", now: int, task: bytes) -> None:
    """Do the task, a pickled config, moment and orders, unless all is as a run before left it."""
    with sender, suppress(BrokenPipeError):  # the daemon is gone; what was published is published
        if before is not None and _stands(before, now):
            sender.send((UNCHANGED, None))
        else:
            _publish(sender, task)


def _stands(before: "Mapping[str, Any]", now: int) -> bool:
    with suppress(OSError):
        return unchanged.stands(before, now)
    return False


def _publish(sender: "Connection", task: bytes) -> None:
    import traceback  # noqa: PLC0415 - this and the next: see above

    from feeds.errors import FeedsError  # noqa: PLC0415
    from feeds.publishing.publish import announced, publish  # noqa: PLC0415

    config, now, orders = pickle.loads(task)  # noqa: S301 - the daemon's own
    try:
        report = publish(config, now, orders)
    except FeedsError as error:
        sender.send((FAILED, (str(error), "")))
    except Exception as error:  # noqa: BLE001 - told in full, by who can tell it
        sender.send((FAILED, (f"{type(error).__name__}: {error}", traceback.format_exc())))
    else:
        sender.send((PUBLISHED, report))
        if report.feed_files_written:
            sender.send((ANNOUNCED, announced(report, config)))
