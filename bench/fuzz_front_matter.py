"""Whether feeds.articles.plain keeps its law: python bench/fuzz_front_matter.py --mutants 200000 FOLDER..."""

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
from articles.mutations import LAYOUTS, mutant, shortened, violation  # noqa: E402

from feeds.articles import plain  # noqa: E402

WORKERS = 2
CHUNK = 2000
SKIPPED = frozenset(("related", "secured"))


def fuzz(files: list[bytes], chunk: tuple[str, int]) -> tuple[Counter[str], list[tuple[str, bytes]]]:
    """So many mutants of these files, by this seed: counts, and what broke the law with its bytes."""
    seed, mutants = chunk
    random = Random(seed)
    counts: Counter[str] = Counter()
    broken = []
    for _ in range(mutants):
        data = mutant(random, random.choice(files))
        counts["refused" if plain.split(data) is None else "proven plain"] += 1
        found = violation(data, SKIPPED)
        if found:
            broken.append((found, data))
    return counts, broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    paths = [path for folder in options.folders for path in sorted(folder.rglob("*")) if path.is_file()]
    files = [shortened(path.read_bytes()) for path in paths]
    files += LAYOUTS * max(1, len(files) // (2 * len(LAYOUTS)))  # as good as a third of all
    sizes = [min(CHUNK, options.mutants - start) for start in range(0, options.mutants, CHUNK)]
    chunks = [(f"{options.seed}/{number}", size) for number, size in enumerate(sizes)]
    counts: Counter[str] = Counter()
    violations = 0
    with ProcessPoolExecutor(WORKERS) as pool:
        for counted, broken in pool.map(partial(fuzz, files), chunks):
            counts += counted
            violations += len(broken)
            for found, data in broken:
                print(f"VIOLATION {found}\n  {data!r}")
    print(
        f"{len(files)} files, {counts.total()} mutants, {counts['proven plain']} proven plain, "
        f"{counts['refused']} refused, {violations} violations"
    )
    return 1 if violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
