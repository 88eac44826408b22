"""An article file becomes an Article, or a Rejected that says why not; one file harms no other.

Front matter whose layout proves it plain is read the short way; whatever comes out wrong there is read
again by the full guarded parse, which knows lines.
"""

import errno
import os
import stat
from dataclasses import dataclass
from hashlib import blake2b

from pydantic import ValidationError

from feeds.articles import body as article_body
from feeds.articles.aliases import FLAGS, Fields, Reading, canonical, is_published, keys_read
from feeds.articles.article import Article, Reader, first_error
from feeds.articles.contents import Contents
from feeds.articles.front_matter import FrontMatter, FrontMatterError
from feeds.articles.problem import Mended, Rejected
from feeds.articles.source import SourceFile
from feeds.strict_yaml import Value, shown

# Raised when a file's meaning changes, so that all files are read again.
PARSER_VERSION = 2
MAX_FILE = 4 * 1024 * 1024
# What a person calls a field that is missing.
MISSING = {
    "title": "a title",
    "published_at": "a date (publishedDateTime)",
    "link": "a link (webUrl, or the pattern site.links in the config)",
}
# Most of an article's bytes, and no matter for where it belongs.
NOT_FOR_SELECTION = frozenset(
    ("related", "secured", "featuredContent", "images", "image", "featured_image", "cover")
)
# Were it exchanged for a pipe since it was listed, opening it would wait for ever; a link leads elsewhere.
OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
NEVER_READ = frozenset(("secured",))
DIGEST_SIZE = 16


@dataclass(frozen=True, slots=True)
class Unpublished:
    """An article that its author holds back."""

    path: str


@dataclass(frozen=True, slots=True)
class Read:
    """What one file turned out to be; `outcome` is None for a file without front matter.

    `by_site` tells that the outcome depends on the site's address or link pattern.
    """

    file: SourceFile
    outcome: Article | Rejected | Unpublished | None
    mended: tuple[Mended, ...] = ()
    by_site: bool = False


def fetch(file: SourceFile) -> bytes | Rejected:
    """The bytes of a file, or why they cannot be had."""
    if file.size > MAX_FILE:
        return Rejected(file.path, None, "", "a file of at most 4 MB", f"{file.size} bytes")
    try:
        data = _contents(file)
    except OSError as error:
        return Rejected(file.path, None, "", "a readable file", error.strerror or str(error))
    if len(data) > MAX_FILE:
        return Rejected(file.path, None, "", "a file of at most 4 MB", "more")
    return data


def _contents(file: SourceFile) -> bytes:
    """All of a file: asked for by its size, which spares half of what a file object asks of the system."""
    descriptor = os.open(file.path, OPEN)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "something else")
        data = os.read(descriptor, file.size + 1)
        while len(data) != file.size and len(data) <= MAX_FILE and (more := os.read(descriptor, MAX_FILE)):
            data += more  # it has another size than when it was listed
    finally:
        os.close(descriptor)
    return data


def digest(data: bytes) -> bytes:
    """What tells two contents of a file apart."""
    return blake2b(data, digest_size=DIGEST_SIZE).digest()


def read(
    contents: Contents,
    file: SourceFile,
    reading: Reading,
    *,
    whole: bool = True,
    unpublished_too: bool = False,
) -> Read:
    """Any bytes at all are an Article, a Rejected, an Unpublished, or nothing of ours.

    Unless `whole`, the article comes without body, pictures, related coverage and frame, which selection
    does not ask for and which make no article unusable. `unpublished_too` validates what is held back.
    """
    skipped = NEVER_READ if whole else NOT_FOR_SELECTION
    short = contents.plain
    if short is not None:
        flags = short.only(FLAGS)
        if not unpublished_too and _is_held_back(flags, file):
            return Read(file, Unpublished(file.path))
        body = short.body if whole else ""
        raw = flags | short.only(keys_read(reading, skipped))
        attempt = _attempt(raw, body, file, reading, unpublished_too=unpublished_too)
        if attempt.fault is None and not attempt.reader.notes:
            return _good(attempt, file, ())
    try:
        matter = contents.front_matter
    except FrontMatterError as error:
        return Read(file, Rejected(file.path, error.line, "", error.expected, error.found))
    if matter is None:
        return Read(file, None)
    raw = {key: value for key, value in matter.document.value.items() if key not in skipped}
    body = matter.body if whole else ""
    attempt = _attempt(raw, body, file, reading, unpublished_too=unpublished_too)
    if attempt.fault is not None:
        return Read(file, _rejected(attempt.fault, attempt.fields, matter, file), by_site=True)
    return _good(attempt, file, _mended(attempt, matter, file))


def _is_held_back(flags: dict[str, Value], file: SourceFile) -> bool:
    try:
        return not is_published(flags, file)
    except KeyError:
        return False  # neither true nor false, which the full parse will tell


@dataclass(slots=True)
class _Attempt:
    """Raw values on their way to an article; `fault` is what stands against it."""

    fields: Fields
    reader: Reader
    published: bool = False
    article: Article | None = None
    fault: ValidationError | KeyError | None = None


def _attempt(
    raw: dict[str, Value], body: str, file: SourceFile, reading: Reading, *, unpublished_too: bool
) -> _Attempt:
    attempt = _Attempt(Fields({}, {}), Reader(reading.site_url))
    try:
        attempt.published = is_published(raw, file)
        if attempt.published or unpublished_too:
            attempt.fields = canonical(raw, file, reading)
            given = {
                "path": file.path,
                "slug": file.stem,
                "body": _body(body, file, attempt.reader),
                "body_is_html": file.is_html,
            }
            attempt.article = Article.model_validate(attempt.fields.values | given, context=attempt.reader)
    except (KeyError, ValidationError) as fault:
        attempt.fault = fault
    return attempt


def _body(body: str, file: SourceFile, reader: Reader) -> str:
    """What can be shown of a body; an article without it still has its excerpt and its link."""
    fault = article_body.fault(body, is_html=file.is_html)
    if fault is None:
        return body.strip()
    reader.mend("", *fault)
    return ""


def _good(attempt: _Attempt, file: SourceFile, mended: tuple[Mended, ...]) -> Read:
    if not attempt.published or attempt.article is None:
        return Read(file, Unpublished(file.path), mended)
    return Read(file, attempt.article, mended, by_site=attempt.fields.by_site)


def _rejected(
    fault: ValidationError | KeyError, fields: Fields, matter: FrontMatter, file: SourceFile
) -> Rejected:
    if isinstance(fault, KeyError):
        key = str(fault.args[0])
        found = shown(matter.document.value[key])
        return Rejected(file.path, matter.line_of((key,)), key, "true or false", found)
    location, expected, found = first_error(fault)
    name = str(location[0])
    if name not in fields.origin:
        if found == "nothing":
            return Rejected(file.path, None, "", MISSING.get(name, expected), found)
        return Rejected(file.path, None, name, expected, found)
    path = (fields.origin[name], *location[1:])
    return Rejected(file.path, matter.line_of(path), ".".join(map(str, path)), expected, found)


def _mended(attempt: _Attempt, matter: FrontMatter, file: SourceFile) -> tuple[Mended, ...]:
    notes = []
    if matter.removed:
        found = f"{matter.removed}, now removed"
        notes.append(Mended(file.path, None, "", "text without control characters", found))
    for field, expected, found in attempt.reader.notes:
        key = attempt.fields.origin.get(field, field)
        notes.append(Mended(file.path, matter.line_of((key,)), key, expected, found))
    return tuple(notes)
