"""Mutants of good articles, file → feeds: python tests/torture/fuzz.py --minutes 60 [FOLDER...]

Every batch of mutants is published beside one good article. None may crash or hang a run, make a feed
ill-formed or let the gate hold one back, which would be a mistake of ours, or harm the good article.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
from articles.mutations import mutant, shortened  # noqa: E402
from conformance import conformance  # noqa: E402

from feeds.config import Config  # noqa: E402
from feeds.publishing.publish import Orders, publish  # noqa: E402

NOW = datetime(2026, 11, 22, tzinfo=UTC)
GOOD = b"---\ntitle: Good\ndate: 2026-11-21\nwebUrl: https://example.com/good\ntopics: [AI]\n---\n"
BATCH = 25
LONGEST = 5.0 * BATCH  # seconds a batch
ALL_PASS = Orders(allow_flood=True)


@dataclass
class Finding:
    """What went wrong, and the mutants among which its cause is."""

    what: str
    mutants: list[bytes]


def seeds(folders: list[Path]) -> list[bytes]:
    """The good articles that are mutated."""
    paths = sorted(
        path for folder in folders for path in folder.rglob("*") if path.suffix in (".md", ".html")
    )
    return [shortened(path.read_bytes()) for path in paths]


def batches(good: list[bytes], seed: int) -> Iterator[list[bytes]]:
    random = Random(seed)
    while True:
        yield [mutant(random, random.choice(good)) for _ in range(BATCH)]


def survives(mutants: list[bytes], folder: Path, counts: Counter[str]) -> Finding | None:
    """Publish the mutants in `folder`, over what the last batch left there."""
    articles = folder / "articles"
    articles.mkdir(exist_ok=True)
    (articles / "good.md").write_bytes(GOOD)
    for number, data in enumerate(mutants):
        (articles / f"{number}.md").write_bytes(data)
    settings = Config(sources=(articles,), output=folder / "output", state=folder / "state", related=20)
    began = time.perf_counter()
    try:
        report = publish(settings, NOW, ALL_PASS)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        return Finding(f"crash: {type(error).__name__}: {error}", mutants)
    took = time.perf_counter() - began
    counts.update(mutants=len(mutants), rejected=len(report.rejected), mended=len(report.mended))
    if took > LONGEST:
        return Finding(f"hang: {took:.1f} s", mutants)
    if report.held_back:
        return Finding(f"held back: {report.held_back[0]}", mutants)
    problems = list(ill_formed(settings.output))
    if b"https://example.com/good" not in (settings.output / "ai" / "rss.xml").read_bytes():
        problems.append("the good article is gone")
    return Finding("; ".join(problems[:3]), mutants) if problems else None


def ill_formed(output: Path) -> Iterator[str]:
    for folder in conformance.folders(output):
        rss, atom, feed = ((folder / name).read_bytes() for name in ("rss.xml", "atom.xml", "feed.json"))
        yield from conformance.rss_problems(rss)
        yield from conformance.atom_grammar_problems(atom)
        yield from conformance.atom_rule_problems(atom)
        yield from conformance.json_feed_problems(feed)


def run(good: list[bytes], minutes: float, seed: int) -> tuple[Counter[str], list[Finding]]:
    """Publish mutants for so long."""
    end = time.monotonic() + 60 * minutes
    counts: Counter[str] = Counter()
    findings: list[Finding] = []
    source = batches(good, seed)
    while time.monotonic() < end:
        with TemporaryDirectory() as folder:
            for _ in range(20):  # over each other, so that mutants take the place of what stood
                found = survives(next(source), Path(folder), counts)
                findings += [found] if found else []
                if time.monotonic() > end:
                    break
    return counts, findings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the mutants of findings")
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", default=[ROOT / "seeds"])
    options = parser.parse_args()
    counts, findings = run(seeds(options.folders), options.minutes, options.seed)
    for number, found in enumerate(findings):
        print(f"FINDING {number}: {found.what}")  # noqa: T201
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            for one, data in enumerate(found.mutants):
                (options.keep / f"{number}-{one}.md").write_bytes(data)
    print(f"{dict(counts)}, {len(findings)} findings")  # noqa: T201
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
