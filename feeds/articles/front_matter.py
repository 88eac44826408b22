"""A file's bytes, taken apart into front matter and body."""

import re
from dataclasses import dataclass

from feeds import strict_yaml
from feeds.text import FORBIDDEN, printable

MAX_FRONT_MATTER = 1024 * 1024
BOM = b"\xef\xbb\xbf"
OPENING = re.compile(rb"---[ \t]*(?:\r\n|\n|\r|\Z)")
BREAK = re.compile(rb"\r\n|\n|\r")
CLOSING = re.compile(rb"(?:^|(?<=[\r\n]))(?:---|\.\.\.)[ \t]*(?:\r\n|\n|\r|\Z)")
FIRST_LINE = 2  # of the front matter, whose delimiter is line 1


class FrontMatterError(strict_yaml.YamlError):
    """The file's front matter cannot be read; `line` counts from 1 in the file, not in the YAML."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands between the delimiters, and after them; `removed` counts forbidden characters."""

    document: strict_yaml.Document
    body: str
    removed: int

    def line_of(self, path: strict_yaml.Path) -> int | None:
        """The line in the file of what `path` leads to."""
        line = self.document.line_of(path)
        return None if line is None else line + FIRST_LINE - 1


def split(data: bytes) -> FrontMatter | None:
    """The front matter of an article file; None for a file that has none.

    Raises FrontMatterError for TOML, a missing closing line, more than 1 MB, what is not UTF-8 and
    whatever `feeds.strict_yaml` refuses.
    """
    data = data.removeprefix(BOM)
    if data.startswith(b"+++"):
        raise FrontMatterError(1, "YAML front matter between --- lines", "TOML front matter (+++)")
    if not data.startswith(b"---"):
        return None
    opening = OPENING.match(data)
    if opening is None:
        raise FrontMatterError(1, "--- alone on the first line", _first_line(data))
    closing = CLOSING.search(data, opening.end())
    if closing is None:
        raise FrontMatterError(1, "a closing --- line after the front matter", "none")
    if closing.start() - opening.end() > MAX_FRONT_MATTER:
        raise FrontMatterError(1, "front matter of at most 1 MB", f"{closing.start() - opening.end()} bytes")
    _decode(data)
    raw = data[opening.end() : closing.start()].decode("utf-8")
    body = data[closing.end() :].decode("utf-8")
    try:
        document = strict_yaml.parse(printable(raw))
    except strict_yaml.YamlError as error:
        raise FrontMatterError(error.line + FIRST_LINE - 1, error.expected, error.found) from error
    return FrontMatter(document, printable(body), len(FORBIDDEN.findall(raw)) + len(FORBIDDEN.findall(body)))


def _first_line(data: bytes) -> str:
    return strict_yaml.shown(data[:200].decode("utf-8", "replace").splitlines()[0])


def _decode(data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = len(BREAK.findall(data[: error.start])) + 1
        raise FrontMatterError(line, "UTF-8", f"the byte 0x{data[error.start]:02X}") from error
