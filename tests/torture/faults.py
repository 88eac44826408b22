"""Faults of the operating system at a chosen call of a publish, by strace; and kills at any moment."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from torture.server import FAILING

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WRITING = (
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "ftruncate",
    "rename",
    "unlink",
    "mkdir",
    "rmdir",
    "utimensat",
)
OPENING = ("openat",)
READING = ("read", "pread64")
# What each fault may strike.
FAULTS: dict[str, tuple[str, ...]] = {
    "SIGKILL": (*WRITING, *OPENING),
    "ENOSPC": ("write", "pwrite64", "ftruncate", "mkdir", "openat", "rename", "fsync"),
    "EIO": (*WRITING, *OPENING, *READING),
    "EROFS": (*WRITING, *OPENING),
    "EMFILE": OPENING,
}


WITHOUT_FSYNC = "without fsync"  # not a fault of a call: none that flushes does anything


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `status` is None where it was killed, `struck` tells whether the fault came at all."""

    status: int | None
    out: str
    err: str
    struck: bool


@cache
def why_not() -> str:
    """Why faults cannot be injected here; empty where they can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(
        ["strace", "-f", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=1", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    return (
        "" if tried.returncode == 0 else f"strace does not work here: {tried.stderr.strip().splitlines()[-1]}"
    )


class Server:
    """Forks publishes, with at most one fault in each."""

    def __init__(self, process: "subprocess.Popen[bytes]", channel: socket.socket, log: Path | None) -> None:
        self._process = process
        self._log = log
        self._channel = channel
        self._lines = channel.makefile("rb")
        assert self._lines.readline() == b"ready\n"

    def publish(
        self, site: Path, call: str = "", number: int = 0, kill_after: float | None = None
    ) -> Outcome:
        """Publish the site. With a `call`, the fault strikes at the call of this number, from 1; or a kill
        comes after so many seconds.
        """
        seen = self._struck()
        request = {
            "site": str(site),
            "arguments": ["publish"],
            "call": call,
            "number": number,
            "kill_after": kill_after,
        }
        self._channel.sendall(json.dumps(request).encode() + b"\n")
        answer = json.loads(self._lines.readline())
        struck = bool(answer["signal"]) or self._struck() > seen
        return Outcome(answer["status"], answer["out"], answer["err"], struck)

    def _struck(self) -> int:
        return 0 if self._log is None else self._log.read_bytes().count(b"(INJECTED)")

    def close(self) -> None:
        self._lines.close()
        self._channel.close()
        self._process.wait(30)


@contextmanager
def server(fault: str | None, folder: Path) -> Iterator[Server]:
    """A server whose runs suffer this fault, or none."""
    here, there = socket.socketpair()
    command = [sys.executable, str(HERE / "server.py"), str(there.fileno())]
    log = None
    if fault == WITHOUT_FSYNC:
        inject = "inject=fsync,fdatasync:retval=0"
        command = [
            "strace",
            "-f",
            "-qq",
            "-e",
            "trace=fsync,fdatasync",
            "-e",
            inject,
            "-o",
            os.devnull,
            *command,
        ]
    elif fault is not None:
        log = folder / f"strace-{fault}.txt"
        calls = ",".join(f"?{call}" for call in FAULTS[fault])
        what = "signal=KILL" if fault == "SIGKILL" else f"error={fault}"
        inject = f"inject={calls}:{what}:when={FAILING}"
        # strace 6.1 delivers no signals where it filters calls by seccomp, which makes all else much faster.
        quick = [] if fault == "SIGKILL" else ["--seccomp-bpf"]
        command = ["strace", "-f", *quick, "-qq", "-e", f"trace={calls}", "-e", "signal=none", "-e", inject,
                   "-e", "status=failed", "-o", str(log), *command]  # fmt: skip
    process = subprocess.Popen(
        command, pass_fds=[there.fileno()], env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    )
    there.close()
    served = Server(process, here, log)
    try:
        yield served
    finally:
        served.close()
