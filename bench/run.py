"""The benchmark: ours, the straightforward script and other generators, on the same articles.

    python bench/run.py --corpora heavy-500 light-1k --runs 3

README.md beside this file says what is measured and how.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import corpora
from contenders import PEERS, Contender, Straightforward, UnavailableError
from corpora import Manifest
from measure import Cost, FailedError, in_turns, measure

DEFAULT_CORPORA = ("heavy-5k", "light-10k", "light-100k")
LARGE = 50_000  # files; from here on the slow ones take part only with --all
HUGE = 500_000  # from here on nobody but ours
PATIENCE = 90.0  # seconds after which a step is not repeated again
QUICK_RUNS, QUICK_PATIENCE = 15, 20.0  # of what should cost next to nothing
SETTLED = 2.5  # seconds; a file younger than two counts as changed
MEGABYTE = 1e6
STAT = """
import os, sys
def walk(folder):
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                walk(entry.path)
            else:
                entry.stat(follow_symlinks=False)
walk(sys.argv[1])
"""
READ = STAT.replace("entry.stat(follow_symlinks=False)", "open(entry.path, 'rb').read()")


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the table of targets: `measured` must be at least, or at most, `bound`."""

    what: str
    measured: float | None
    bound: float | None
    unit: str = "x"
    at_least: bool = False

    @property
    def verdict(self) -> str:
        if self.measured is None:
            return "not measured"
        if self.bound is None:
            return ""
        return (
            "ok" if (self.measured >= self.bound) == self.at_least or self.measured == self.bound else "MISS"
        )


@dataclass(slots=True)
class Results:
    """What was measured on one corpus; `notes` say what was not, and what went wrong."""

    manifest: Manifest
    costs: dict[str, Cost] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    wrong: bool = False

    def ratio(self, above: str, below: str, of: str) -> float | None:
        costs = self.costs.get(above), self.costs.get(below)
        return None if None in costs else getattr(costs[0], of) / getattr(costs[1], of)

    def value(self, name: str, of: str) -> float | None:
        return getattr(self.costs[name], of) if name in self.costs else None


# (cold CPU against the script, against Hugo; no change against the floor; one change in seconds, or as a
# multiple of no change; peak in MB); and for a million: seconds of no change, its peak, cold, one change.
TARGETS = {
    "heavy-5k": (15.0, 10.0, 2.0, 0.5, None, 80.0),
    "light-10k": (2.5, 2.0, 2.0, 0.5, None, 100.0),
    "light-100k": (3.0, 3.0, 2.0, None, 2.5, 250.0),
}
TARGETS_MILLION = (12.0, 300.0, 360.0, 15.0)

START = "interpreter start"
SCAN = "interpreter + scandir + stat"
READ_ALL = "interpreter + read all"
FLOOR = "floor of a first publish"
FLOOR_SCRIPT = Path(__file__).with_name("floor.py")
COLD = "ours, cold"
NO_CHANGE = "ours, no change"
ONE_CHANGE = "ours, one article changed"


class Ours(Contender):
    """The installed command, in a working folder of its own."""

    name = COLD

    def __init__(self, work: Path) -> None:
        self.state = work / "state"

    def prepare(self, cache: Path) -> None:  # noqa: ARG002 - the others need it
        self.program = Path(sys.executable).with_name("feeds")
        if not self.program.is_file():
            raise UnavailableError(f"no {self.program.name} beside {sys.executable}")

    def command(self, articles: Path, output: Path) -> list[str | Path]:
        return [
            self.program,
            "publish",
            "--source",
            articles,
            "--output",
            output,
            "--state",
            self.state,
            "--quiet",
        ]


class Bench:
    """The runs on one corpus."""

    def __init__(self, manifest: Manifest, folder: Path, work: Path, options: argparse.Namespace) -> None:
        self.results = Results(manifest)
        self.articles = folder / "articles"
        self.work = work
        self.runs: int = options.runs
        self.everyone: bool = options.all
        self.ours = Ours(work)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)

    def floors(self) -> None:
        self._run(READ_ALL, [sys.executable, "-c", READ, self.articles])  # warms the cache
        steps: dict[str, list[str | Path]] = {
            START: [sys.executable, "-c", "pass"],
            SCAN: [sys.executable, "-c", STAT, self.articles],
            READ_ALL: [sys.executable, "-c", READ, self.articles],
        }
        costs = in_turns(self.runs, PATIENCE, *(partial(self._run, *step) for step in steps.items()))
        self.results.costs.update(zip(steps, costs, strict=True))

    def cold(self, contenders: list[Contender]) -> None:
        """Everyone in turn, so that all meet the same machine; ours with neither state nor output."""
        able = [one for one in (self.ours, *contenders) if self._takes_part(one)]
        _progress(f"{self.results.manifest.name}: cold, {', '.join(one.name for one in able)}")
        costs = in_turns(self.runs, PATIENCE, *(partial(self._publish, one) for one in able))
        for one, cost in zip(able, costs, strict=True):
            if one.name in self.results.notes:  # it failed
                continue
            self.results.costs[one.name] = cost
            wrong = one.wrong(self._output(one), self.results.manifest)
            total = 1 + len(self.results.manifest.topics)
            if wrong:
                self.results.wrong = True
                self.results.notes[one.name] = f"WRONG: {len(wrong)} of {total} feeds, such as {wrong[0]}"
            else:
                lacks = f"; without {one.lacks}" if one.lacks else ""
                self.results.notes[one.name] = f"{total} feeds right{lacks}"

    def floor(self) -> None:
        """What is left of a first publish without our own work; needs the output of one."""
        command = [sys.executable, FLOOR_SCRIPT, self.articles, self._output(self.ours)]

        def run() -> Cost:
            output = self.work / "output-floor"
            shutil.rmtree(output, ignore_errors=True)
            return self._run(FLOOR, [*command, output])

        (self.results.costs[FLOOR],) = in_turns(self.runs, PATIENCE, run)
        self.results.notes[FLOOR] = "imports, files read, entries by feedgen once, files written and synced"

    def no_change(self) -> None:
        """Ours again, in turns with the floor that it is compared with."""
        _progress(f"{self.results.manifest.name}: no change")
        time.sleep(SETTLED)
        before = _snapshot(self._output(self.ours))
        scan = partial(self._run, SCAN, [sys.executable, "-c", STAT, self.articles])
        again = partial(self._run, NO_CHANGE, self._command(self.ours))
        floor, cost = in_turns(QUICK_RUNS, QUICK_PATIENCE, scan, again)
        self.results.costs |= {SCAN: floor, NO_CHANGE: cost}
        if _snapshot(self._output(self.ours)) == before:
            self.results.notes[NO_CHANGE] = "no file of the output touched"
        else:
            self.results.wrong = True
            self.results.notes[NO_CHANGE] = "WRONG: touched files of the output"

    def one_change(self) -> None:
        """A title edited in a file that is in a feed; the corpus is left as it was."""
        _progress(f"{self.results.manifest.name}: one article changed")
        path = self.articles / self.results.manifest.edit
        output = self._output(self.ours)
        with _restored(path):
            edits = iter(range(1, 1 + self.runs))
            (cost,) = in_turns(self.runs, PATIENCE, partial(self._edit_and_publish, path, edits))
            shown = f"(edited {cost.runs})".encode()
            carriers = sum(shown in feed.read_bytes() for feed in output.glob("*/rss.xml"))
        self.results.costs[ONE_CHANGE] = cost
        if carriers:
            self.results.notes[ONE_CHANGE] = f"new title in {carriers} of the feeds"
        else:
            self.results.wrong = True
            self.results.notes[ONE_CHANGE] = "WRONG: the new title is in no feed"

    def _edit_and_publish(self, path: Path, edits: Iterator[int]) -> Cost:
        text = path.read_text(encoding="utf-8")
        head, title, tail = text.partition('title: "')
        title_now, quote, rest = tail.partition('"')
        edited = f"{title_now.partition(' (edited')[0]} (edited {next(edits)})"
        path.write_text(head + title + edited + quote + rest, encoding="utf-8")
        return self._run(ONE_CHANGE, self._command(self.ours))

    def _takes_part(self, one: Contender) -> bool:
        files = self.results.manifest.files
        slow = files >= LARGE and one.name not in {COLD, Straightforward.name, PEERS["hugo"].name}
        if (slow or (files >= HUGE and one.name != COLD)) and not self.everyone:
            self.results.notes[one.name] = "did not run: too slow for so many, use --all"
            return False
        return True

    def _publish(self, one: Contender) -> Cost:
        shutil.rmtree(self._output(one), ignore_errors=True)
        if one is self.ours:
            shutil.rmtree(self.ours.state, ignore_errors=True)
        if one.name in self.results.notes:  # it failed in an earlier round
            return Cost(0, 0, 0)
        try:
            return self._run(one.name, self._command(one), getattr(one, "project", self.work))
        except FailedError as error:
            if one is self.ours:
                raise
            self.results.notes[one.name] = f"FAILED: {' '.join(str(error).split())[:200]}"
            return Cost(0, 0, 0)

    def _command(self, one: Contender) -> list[str | Path]:
        return one.command(self.articles, self._output(one))

    def _output(self, one: Contender) -> Path:
        return self.work / f"output-{one.name.split()[0].strip(',').lower()}"

    def _run(self, name: str, command: list[str | Path], folder: Path | None = None) -> Cost:
        log = self.work / f"{name.replace(' ', '-').replace(',', '')}.log"
        return measure(command, folder=folder or self.work, log=log)


@contextmanager
def _restored(path: Path) -> Iterator[None]:
    """The file gets back its bytes and its time."""
    text, status = path.read_bytes(), path.stat()
    try:
        yield
    finally:
        path.write_bytes(text)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in files}


def _prepared(names: list[str], cache: Path) -> tuple[list[Contender], dict[str, str]]:
    """Those who can take part, and why the others cannot."""
    able: list[Contender] = [Straightforward()]
    unable = {}
    for name in PEERS:
        peer = PEERS[name]()
        if name not in names:
            unable[peer.name] = "did not run: not asked for"
            continue
        _progress(f"preparing {peer.name}")
        try:
            peer.prepare(cache)
        except UnavailableError as error:
            unable[peer.name] = f"did not run: {error}"
        else:
            able.append(peer)
    return able, unable


def _targets(results: Results) -> list[Target]:
    if results.manifest.name == "light-1m":
        still, peak, cold, edit = TARGETS_MILLION
        return [
            Target("no change, wall", results.value(NO_CHANGE, "wall"), still, "s"),
            Target("no change, peak memory", _megabytes(results, NO_CHANGE), peak, "MB"),
            Target("cold, wall", results.value(COLD, "wall"), cold, "s"),
            Target("one article changed, wall", results.value(ONE_CHANGE, "wall"), edit, "s"),
        ]
    script, hugo, quiet, seconds, multiple, memory = TARGETS.get(results.manifest.name, (None,) * 6)
    change = (
        Target(
            "one article changed, wall, against no change",
            results.ratio(ONE_CHANGE, NO_CHANGE, "wall"),
            multiple,
        )
        if multiple
        else Target(
            "one article changed, wall (quiet machine)", results.value(ONE_CHANGE, "wall"), seconds, "s"
        )
    )
    by_script = results.ratio(Straightforward.name, COLD, "cpu")
    by_floor = results.ratio(Straightforward.name, FLOOR, "cpu")
    by_hugo = results.ratio(PEERS["hugo"].name, COLD, "cpu")
    return [
        Target("cold, CPU, less than the straightforward script", by_script, script, at_least=True),
        Target("the same, if our own work were free", by_floor, None, at_least=True),
        Target("cold, CPU, less than Hugo", by_hugo, hugo, at_least=True),
        Target(
            "no change, wall, against interpreter + scandir + stat",
            results.ratio(NO_CHANGE, SCAN, "wall"),
            quiet,
        ),
        change,
        Target("peak memory, cold", _megabytes(results, COLD), memory, "MB"),
    ]


def _megabytes(results: Results, name: str) -> float | None:
    memory = results.value(name, "memory")
    return None if memory is None else memory / MEGABYTE


def _show(results: Results) -> None:
    manifest = results.manifest
    print(
        f"\n{manifest.name}: {manifest.files:,} files, {manifest.bytes / MEGABYTE:,.1f} MB, "
        f"{manifest.published:,} published, {manifest.selected:,} selected, {len(manifest.topics)} topics"
    )
    print(f"  {'':<30} {'CPU s':>8} {'wall s':>8} {'peak MB':>8} {'runs':>4}")
    names = [*results.costs, *(name for name in results.notes if name not in results.costs)]
    order = [START, SCAN, READ_ALL, FLOOR, Straightforward.name, *(peer.name for peer in PEERS.values())]
    for name in sorted(names, key=lambda name: order.index(name) if name in order else len(order)):
        note = results.notes.get(name, "")
        cost = results.costs.get(name)
        numbers = (
            f"{cost.cpu:8.2f} {cost.wall:8.2f} {cost.memory / MEGABYTE:8.0f} {cost.runs:4d}"
            if cost
            else f"{'-':>8} {'-':>8} {'-':>8} {'-':>4}"
        )
        print(f"  {name:<30} {numbers}  {note}".rstrip())
    print(f"  {'ratios of this session':<56} {'measured':>10} {'target':>10}")
    for target in _targets(results):
        measured = "-" if target.measured is None else f"{target.measured:.2f} {target.unit}"
        sign = ">=" if target.at_least else "<="
        bound = "-" if target.bound is None else f"{sign} {target.bound:g} {target.unit}"
        print(f"  {target.what:<56} {measured:>10} {bound:>10}  {target.verdict}".rstrip())
    sys.stdout.flush()


def _progress(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure ours beside others on the same articles.")
    parser.add_argument(
        "--corpora",
        nargs="+",
        choices=corpora.SIZES,
        default=DEFAULT_CORPORA,
        metavar="NAME",
        help=f"of {', '.join(corpora.SIZES)} (default: {' '.join(DEFAULT_CORPORA)})",
    )
    parser.add_argument("--peers", nargs="*", choices=[*PEERS], default=[*PEERS], help="default: all three")
    parser.add_argument("--all", action="store_true", help="the slow ones on the large corpora too")
    parser.add_argument("--runs", type=int, default=3, help="at most so many of each, the median counts")
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser.add_argument(
        "--cache",
        type=Path,
        default=caches / "feedwright-bench",
        metavar="DIR",
        help="where corpora, peers and all output go (default: %(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args()


def main() -> int:
    options = _options()
    cache: Path = options.cache.resolve()
    contenders, unable = _prepared(options.peers, cache / "peers")
    print(
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        "medians of the runs, memory the most of them; cache warm, fsync on",
        flush=True,
    )
    everything = []
    for name in options.corpora:
        _progress(f"{name}: articles")
        manifest = corpora.generate(name, cache / "corpora" / name)
        time.sleep(SETTLED)  # files of this moment count as changed in the next run
        bench = Bench(manifest, cache / "corpora" / name, cache / "work" / name, options)
        bench.ours.prepare(cache)
        bench.results.notes.update(unable)
        bench.floors()
        try:
            bench.cold(contenders)
            bench.floor()
            bench.no_change()
            bench.one_change()
        except FailedError as error:
            bench.results.wrong = True
            bench.results.notes["ours"] = f"FAILED: {error}"
        _show(bench.results)
        everything.append(bench.results)
        shutil.rmtree(bench.work, ignore_errors=True)
    if options.json:
        figures = {
            results.manifest.name: {
                "costs": {name: asdict(cost) for name, cost in results.costs.items()},
                "notes": results.notes,
                "targets": [{**asdict(target), "verdict": target.verdict} for target in _targets(results)],
            }
            for results in everything
        }
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return int(any(results.wrong for results in everything))


if __name__ == "__main__":
    sys.exit(main())
