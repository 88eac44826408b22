"""Every fault that we promise to survive, and what became of it: `make torture`, a quarter of an hour."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from torture import fuzz
from torture.faults import FAULTS, why_not
from torture.power_cut import cut
from torture.scene import Scene
from torture.trials import Trial, at_every_call, at_random_moments

TESTS = Path(__file__).parent.parent
# What is tested the same way here and in `make test`.
SCENARIOS = (
    "torture/test_disks.py",
    "torture/test_concurrency.py",
    "publishing/test_hostile.py",
    "publishing/test_secrets.py",
)
AS_PROMISED = "as promised"
Rows = Counter[tuple[str, str]]  # fault, outcome → how often


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="one call in so many (default: every one)")
    parser.add_argument("--kills", type=int, default=200, help="at random moments")
    parser.add_argument("--cuts", type=int, default=50, help="of power, where we may mount")
    parser.add_argument("--minutes", type=float, default=1, help="of fuzzing; an hour by hand now and then")
    options = parser.parse_args()
    began = time.monotonic()
    rows: Rows = Counter()
    bad: list[str] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        scene = Scene.build(folder, os.environ.__setitem__)
        for trial in _trials(scene, folder, options.every, options.kills, rows):
            rows[trial.fault, trial.ending] += 1
            bad += [f"{trial.fault} {trial.place}: {problem}" for problem in trial.problems]
    bad += _power(options.cuts, rows)
    bad += _mutants(options.minutes, rows)
    bad += _scenarios(rows)
    _print(rows)
    for line in bad:
        _say(f"PROBLEM {line}")
    _say(f"{rows.total():,} faults, {len(bad)} problems, {(time.monotonic() - began) / 60:.0f} minutes")
    return 1 if bad else 0


def _trials(scene: Scene, folder: Path, every: int, kills: int, rows: Rows) -> Iterator[Trial]:
    yield from at_random_moments(scene, folder, kills, seed=1)
    if why_not():
        rows["faults at system calls", f"not tried: {why_not()}"] += 1
        return
    for fault in FAULTS:
        _say(f"… {fault}")
        yield from at_every_call(scene, folder, fault, every)


def _power(cuts: int, rows: Rows) -> list[str]:
    if os.geteuid() != 0:
        rows["power cut (ext4)", "not tried: needs root"] += 1
        return []
    _say("… power cuts")
    with TemporaryDirectory() as folder:
        bad = cut(Path(folder), cuts, Random(1))
    rows["power cut (ext4)", "old or new, healed"] += cuts - len(bad)
    return bad


def _mutants(minutes: float, rows: Rows) -> list[str]:
    _say("… fuzz")
    counts, findings = fuzz.run(fuzz.seeds([TESTS.parent / "seeds"]), minutes, seed=int(time.time()))
    rows["mutant of a good article", "rejected, told"] += counts["rejected"]
    rows["mutant of a good article", "published, well-formed"] += counts["mutants"] - counts["rejected"]
    return [f"fuzz: {found.what}" for found in findings]


class _Collected:
    """Counts what pytest reports, by the name of the test."""

    def __init__(self) -> None:
        self.rows: Rows = Counter()
        self.bad: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.rpartition("::")[2].partition("[")[0].removeprefix("test_").replace("_", " ")
        if report.failed:
            self.bad.append(f"{report.nodeid} ({report.when})")
        elif report.skipped and isinstance(report.longrepr, tuple):
            self.rows[name, f"not tried: {report.longrepr[2].removeprefix('Skipped: ')}"] += 1
        elif report.passed and report.when == "call":
            self.rows[name, AS_PROMISED] += 1


def _scenarios(rows: Rows) -> list[str]:
    _say("… disks, concurrency, clocks, hostile files, secrets")
    collected = _Collected()
    pytest.main(
        ["-q", "--no-header", "--no-summary", *(str(TESTS / name) for name in SCENARIOS)], [collected]
    )
    rows.update(collected.rows)
    return collected.bad


def _print(rows: Rows) -> None:
    width = max(len(fault) for fault, _ in rows)
    _say(f"\n{'fault':<{width}}  {'times':>6}  outcome")
    for (fault, outcome), times in sorted(rows.items()):
        _say(f"{fault:<{width}}  {times:>6,}  {outcome}")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
