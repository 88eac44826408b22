"""Runs publishes, each in a fork of a warm process. Started under strace, which lets one system call fail.

strace counts calls by process and kind, and fails number FAILING of each. A fork that is to fail at the nth
call of some kind first makes FAILING - n idle ones. The server talks by a socket, so that it writes nothing.
"""

import contextlib
import io
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120
from warm import warm

from feeds.cli.main import main

FAILING = 1000
NOWHERE = 999  # no descriptor is open there
IDLE: dict[str, Callable[[], object]] = {
    "write": lambda: os.write(NOWHERE, b""),
    "pwrite64": lambda: os.pwrite(NOWHERE, b"", 0),
    "fsync": lambda: os.fsync(NOWHERE),
    "fdatasync": lambda: os.fdatasync(NOWHERE),
    "ftruncate": lambda: os.ftruncate(NOWHERE, 0),
    "rename": lambda: os.rename("", ""),  # noqa: PTH104
    "unlink": lambda: os.unlink(""),  # noqa: PTH108
    "mkdir": lambda: os.mkdir(""),  # noqa: PTH102
    "rmdir": lambda: os.rmdir(""),  # noqa: PTH106
    "utimensat": lambda: os.utime(NOWHERE),
    "openat": lambda: os.open("", os.O_RDONLY),
    "read": lambda: os.read(NOWHERE, 1),
    "pread64": lambda: os.pread(NOWHERE, 1, 0),
}


def run(request: dict[str, object], answers: socket.socket) -> None:
    """One publish, in the fork."""
    os.chdir(str(request["site"]))
    out, err = io.StringIO(), io.StringIO()
    sys.stdout, sys.stderr = out, err
    idle, call = IDLE.get(str(request.get("call"))), int(str(request.get("number", 0)))
    for _ in range(FAILING - call if idle else 0):
        with contextlib.suppress(OSError):
            idle()  # type: ignore[misc]
    try:
        status = main([str(argument) for argument in request["arguments"]])  # type: ignore[attr-defined]
    except BaseException as error:  # noqa: BLE001 - a traceback is what must never be seen
        status, message = -1, f"Traceback: {type(error).__name__}: {error}"
        err.write(message)
    answers.sendall(json.dumps({"status": status, "out": out.getvalue(), "err": err.getvalue()}).encode())
    os._exit(0)


def serve(requests: socket.socket) -> None:
    """Answer each line with one line, until the other side closes."""
    warm()
    requests.sendall(b"ready\n")
    for line in requests.makefile("rb"):
        request = json.loads(line)
        here, there = socket.socketpair()
        child = os.fork()
        if child == 0:
            run(request, there)
        there.close()
        if request["kill_after"] is not None:
            time.sleep(request["kill_after"])
            os.kill(child, signal.SIGKILL)
        chunks = []
        while chunk := here.recv(1 << 16):
            chunks.append(chunk)
        _, ended = os.waitpid(child, 0)
        here.close()
        answer = json.loads(b"".join(chunks)) if chunks else {"status": None, "out": "", "err": ""}
        answer["signal"] = os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else 0
        requests.sendall(json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
