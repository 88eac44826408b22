"""Signals as events: heard one after the other, whenever they come."""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager


@contextmanager
def hearing(numbers: Iterable[int], hear: Callable[[int], None]) -> Iterator[None]:
    """Call `hear` for each of these signals while the context lasts.

    It may come at any moment of the main thread: `SimpleQueue.put` may be entered again by a signal.
    """
    before = {number: signal.signal(number, lambda heard, _frame: hear(heard)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
