"""Article files become Articles, or a Rejected that says why not; one file harms no other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from feeds.articles import front_matter
from feeds.articles.aliases import Fields, Reading, canonical, is_published
from feeds.articles.article import Article, Reader, first_error
from feeds.articles.front_matter import FrontMatter, FrontMatterError
from feeds.articles.problem import Mended, Rejected
from feeds.articles.source import SourceFile
from feeds.strict_yaml import shown

MAX_FILE = 4 * 1024 * 1024
# What a person calls a field that is missing.
MISSING = {
    "title": "a title",
    "published_at": "a date (publishedDateTime)",
    "link": "a link (webUrl, or the pattern site.links in the config)",
}


@dataclass(frozen=True, slots=True)
class Unpublished:
    """An article that its author holds back."""

    path: str


@dataclass(frozen=True, slots=True)
class Read:
    """What one file turned out to be; `outcome` is None for a file without front matter."""

    file: SourceFile
    outcome: Article | Rejected | Unpublished | None
    mended: tuple[Mended, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that was read, in the order of paths."""

    articles: tuple[Article, ...]
    rejected: tuple[Rejected, ...]
    mended: tuple[Mended, ...]
    unpublished: tuple[str, ...]  # paths
    ignored: tuple[str, ...]  # paths

    @property
    def found(self) -> int:
        """Files with front matter, whatever became of them."""
        return len(self.articles) + len(self.rejected) + len(self.unpublished)


def load(
    files: Iterable[SourceFile],
    reading: Reading,
    *,
    unpublished_too: bool = False,
    progress: Callable[[], None] = lambda: None,
) -> Loaded:
    """Read every file; `unpublished_too` validates those too that their authors hold back."""
    reads: list[Read] = []
    for file in files:
        reads.append(read_file(file, reading, unpublished_too=unpublished_too))
        progress()
    outcomes = [read.outcome for read in reads]
    return Loaded(
        articles=tuple(outcome for outcome in outcomes if isinstance(outcome, Article)),
        rejected=tuple(outcome for outcome in outcomes if isinstance(outcome, Rejected)),
        mended=tuple(note for read in reads for note in read.mended),
        unpublished=tuple(outcome.path for outcome in outcomes if isinstance(outcome, Unpublished)),
        ignored=tuple(read.file.shown for read in reads if read.outcome is None),
    )


def read_file(file: SourceFile, reading: Reading, *, unpublished_too: bool = False) -> Read:
    """Read one file from disk; what cannot be read is a Rejected."""
    if file.size > MAX_FILE:
        return _rejected(file, None, "", "a file of at most 4 MB", f"{file.size} bytes")
    try:
        data = file.path.read_bytes()
    except OSError as error:
        return _rejected(file, None, "", "a readable file", error.strerror or str(error))
    return read_bytes(data, file, reading, unpublished_too=unpublished_too)


def read_bytes(data: bytes, file: SourceFile, reading: Reading, *, unpublished_too: bool = False) -> Read:
    """Any bytes at all are an Article, a Rejected, an Unpublished, or nothing of ours."""
    try:
        matter = front_matter.split(data)
    except FrontMatterError as error:
        return _rejected(file, error.line, "", error.expected, error.found)
    return Read(file, None) if matter is None else _read_matter(matter, file, reading, unpublished_too)


def _read_matter(matter: FrontMatter, file: SourceFile, reading: Reading, unpublished_too: bool) -> Read:  # noqa: FBT001 - private
    raw = matter.document.value
    try:
        published = is_published(raw, file)
    except KeyError as error:
        key = str(error.args[0])
        return _rejected(file, matter.line_of((key,)), key, "true or false", shown(raw[key]))
    if not published and not unpublished_too:
        return Read(file, Unpublished(file.shown))
    read = _article(matter, file, reading)
    if not published and isinstance(read.outcome, Article):
        return Read(file, Unpublished(file.shown), read.mended)
    return read


def _article(matter: FrontMatter, file: SourceFile, reading: Reading) -> Read:
    fields = canonical(matter.document.value, file, reading)
    reader = Reader(reading.site_url)
    given = fields.values | {
        "path": file.shown,
        "slug": file.stem,
        "body": matter.body.strip(),
        "body_is_html": file.is_html,
    }
    try:
        article = Article.model_validate(given, context=reader)
    except ValidationError as invalid:
        return _invalid(invalid, fields, matter, file)
    return Read(file, article, _mended(reader, fields, matter, file))


def _invalid(invalid: ValidationError, fields: Fields, matter: FrontMatter, file: SourceFile) -> Read:
    location, expected, found = first_error(invalid)
    name = str(location[0])
    if name not in fields.origin:
        if found == "nothing":
            return _rejected(file, None, "", MISSING.get(name, expected), found)
        return _rejected(file, None, name, expected, found)
    path = (fields.origin[name], *location[1:])
    return _rejected(file, matter.line_of(path), ".".join(map(str, path)), expected, found)


def _rejected(file: SourceFile, line: int | None, field: str, expected: str, found: str) -> Read:
    return Read(file, Rejected(file.shown, line, field, expected, found))


def _mended(reader: Reader, fields: Fields, matter: FrontMatter, file: SourceFile) -> tuple[Mended, ...]:
    notes = []
    if matter.removed:
        notes.append(
            Mended(file.shown, None, "", "text without control characters", f"{matter.removed}, now removed")
        )
    for field, expected, found in reader.notes:
        key = fields.origin.get(field, field)
        notes.append(Mended(file.shown, matter.line_of((key,)), key, expected, found))
    return tuple(notes)
