"""What the service manager hears: systemd's notification protocol (sd_notify(3), sd_watchdog_enabled(3))."""

import os
import socket
import time

MICROSECONDS = 1_000_000


def notify(*lines: str) -> None:
    """Tell the service manager; nothing happens where none listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):  # the abstract namespace of unix(7)
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        try:
            channel.sendto("\n".join(lines).encode(), socket.MSG_DONTWAIT, address)
        except OSError:
            return  # a manager that went away, or does not listen, must not hold up the daemon


def reloading() -> None:
    """Tell that the config is being read anew; `notify("READY=1")` says that it is done."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def watchdog_seconds() -> float | None:
    """How long the service manager waits for a sign of life before it acts, where it does."""
    pid = os.environ.get("WATCHDOG_PID", "")
    if pid and pid != str(os.getpid()):
        return None
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / MICROSECONDS if microseconds.isdecimal() and int(microseconds) else None
