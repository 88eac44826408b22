"""One fault each, and what became of it: how the run ended, what stood, whether the next run healed it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from torture.faults import FAULTS, Outcome, Server, server
from torture.scene import Scene

STOPPED = "killed"
REFUSED = "exit 1, one line"
WRONG_USAGE = "exit 2, one line"  # the config itself could not be read
WITHOUT = "published, but for what could not be read, which is told"
DONE = "published"  # the fault hit what a publish can do without
UNHARMED = (STOPPED, REFUSED, WRONG_USAGE, WITHOUT, DONE)


@dataclass(frozen=True, slots=True)
class Trial:
    """`problems` is all that is not as docs/reliability.md promises."""

    fault: str
    place: str
    ending: str
    problems: tuple[str, ...]


def at_every_call(scene: Scene, folder: Path, fault: str, every: int = 1) -> Iterator[Trial]:
    """The fault at every call of every kind that it can strike, or at one in so many of them."""
    with server(fault, folder) as served:
        for call in FAULTS[fault]:
            number = 1
            while True:
                site = scene.reset()
                outcome = served.publish(site, call, number)
                if not outcome.struck:
                    break
                yield _judged(scene, served, f"{fault} at {call}", str(number), outcome)
                number += every


def at_random_moments(scene: Scene, folder: Path, times: int, seed: int) -> Iterator[Trial]:
    """Killed from outside, anywhere between the first instruction and the last."""
    random = Random(seed)
    with server(None, folder) as served:
        took = []
        for _ in range(3):
            site = scene.reset()
            began = time.perf_counter()
            served.publish(site)
            took.append(time.perf_counter() - began)
        whole = min(took)
        for _ in range(times):
            moment = random.uniform(0, whole)
            outcome = served.publish(scene.reset(), kill_after=moment)
            yield _judged(scene, served, "SIGKILL at random", f"{moment * 1000:.1f} ms", outcome)


def _judged(scene: Scene, served: Server, fault: str, place: str, outcome: Outcome) -> Trial:
    ending = _ending(outcome)
    problems = [f"ended badly: {outcome}"] if ending not in UNHARMED else []
    problems += scene.problems_after_fault(mixed=ending == WITHOUT)
    healed = served.publish(scene.site)
    if healed.status != 0 or "rejected" in healed.err:
        problems.append(f"the next run: {healed}")
    problems += scene.problems_after_healing()
    return Trial(fault, place, ending, tuple(problems))


def _ending(outcome: Outcome) -> str:
    lines = outcome.err.splitlines()
    one_line = len(lines) == 1 and lines[0].startswith("feeds: ")
    match outcome.status:
        case None:
            return STOPPED
        case 1 if one_line:
            return REFUSED
        case 2 if one_line:
            return WRONG_USAGE
        case 0 if not lines:
            return DONE
        case 0 if all(line.startswith("rejected: seeds") for line in lines):
            return WITHOUT
        case _:
            return f"status {outcome.status}: {outcome.err[-300:]}"
