"""Every article validated, published or not."""

from dataclasses import dataclass
from datetime import datetime

from feeds.articles import loader
from feeds.articles.contents import Contents
from feeds.articles.loader import Read
from feeds.articles.problem import Mended, Rejected
from feeds.config import Config
from feeds.publishing.prepare import Prepared, Progress, silent
from feeds.publishing.publish import prepared_for_reading


@dataclass(frozen=True, slots=True)
class Checked:
    """All that is wrong in the articles, by path."""

    found: int
    ignored: int
    rejected: tuple[Rejected, ...]
    mended: tuple[Mended, ...]
    warnings: tuple[str, ...]


def check(config: Config, now: datetime, *, progress: Progress = silent) -> Checked:
    """Read every article whole, those too that their authors hold back."""
    with prepared_for_reading(config, now) as prepared:
        reads = []
        files = prepared.found.files
        for count, file in enumerate(files, start=1):
            data = loader.fetch(file)
            if isinstance(data, Rejected):
                reads.append(Read(file, data))
            else:
                reads.append(loader.read(Contents(data), file, prepared.reading, unpublished_too=True))
            progress("Reading articles", count, len(files))
        return _checked(prepared, reads)


def _checked(prepared: Prepared, reads: list[Read]) -> Checked:
    own = [read.outcome for read in reads if isinstance(read.outcome, Rejected)]
    rejected = {*prepared.found.unreadable, *own, *prepared.selection.twins.rejected}
    ignored = sum(read.outcome is None for read in reads)
    return Checked(
        found=len(reads) - ignored,
        ignored=ignored,
        rejected=tuple(sorted(rejected, key=lambda problem: (problem.path, problem.line or 0))),
        mended=tuple(note for read in reads for note in read.mended),
        warnings=prepared.selection.warnings,
    )
