"""Run a command as a process of its own and tell what it cost.

The command is started by launch.py, which does nothing else: Linux counts the memory of who starts a process
as that process's own peak, and so the one who starts it must be small.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LAUNCH = Path(__file__).with_name("launch.py")


class FailedError(Exception):
    """A command that was to be measured ended with an error."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost: seconds, seconds of user and system on all cores, bytes of its largest process."""

    wall: float
    cpu: float
    memory: int
    runs: int = 1


def measure(
    command: Sequence[str | Path],
    *,
    folder: Path,
    log: Path,
    accept: tuple[int, ...] = (0,),
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """Run it once in `folder`; what it prints goes to `log`."""
    launcher = [sys.executable, "-I", "-S", LAUNCH, folder, log, *command]
    settings = {**os.environ, "TZ": "UTC", **(environment or {})}
    told = subprocess.run([*map(str, launcher)], check=True, stdout=subprocess.PIPE, env=settings)
    result = json.loads(told.stdout)
    if result["status"] not in accept:
        tail = log.read_text(encoding="utf-8", errors="replace").strip()[-600:]
        raise FailedError(f"exit status {result['status']}: {tail}")
    return Cost(result["wall"], result["cpu"], result["memory"])


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each; of memory, the most that any run took."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        max(cost.memory for cost in costs),
        len(costs),
    )


def in_turns(runs: int, patience: float, *measurements: Callable[[], Cost]) -> list[Cost]:
    """Each in turn, to meet the same machine: `runs` times, or until `patience` seconds have passed."""
    costs: list[list[Cost]] = [[] for _ in measurements]
    began = time.perf_counter()
    for _ in range(runs):
        for taken, one in zip(costs, measurements, strict=True):
            taken.append(one())
        if time.perf_counter() - began > patience:
            break
    return [median(taken) for taken in costs]
