"""The usual kind of front matter, read fast: proven by its layout, without a YAML parser.

Publishers write front matter by a template, so nearly all of it has one of few layouts. One grammar over
bytes knows those for which YAML leaves no room: every scalar ends on its line, every margin is fixed,
no key can stand twice. What it proves, we may read by ourselves, and may leave unread, which pays: of real
articles 96 % are `related` and `secured`. Anything else, by any sign, is left to the full guarded parse.

Only runs of single characters are possessive: groups that are (`(?:…)*+`) match wrongly before Python 3.11.5
(gh-106052). Time is linear all the same, for what follows a group never begins as another round of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from feeds.articles.front_matter import MAX_FRONT_MATTER
from feeds.strict_yaml import NULLS, Value

OPENING: Final = b"---\n"
MAX_ITEMS: Final = 2000  # of one list: a greedy group remembers every round, some hundred bytes each

# Scalars, all on one line. Blanks at the end are no part of a plain one; `: ` and ` #` would end it.
CONTROL = rb"\x00-\x1f\x7f"
END = rb" *+\n++"  # of a line, with the empty lines after it
# The escapes that mean the same to everyone: no surrogates, no C0 or C1, no byte order mark.
ESCAPE = rb"\\(?:[\"\\/nrt]|u(?!00[0-9])[0-9a-cA-C][0-9a-fA-F]{3})"
DOUBLE = rb'"[^"\\%b]*+(?:%b[^"\\%b]*+)*"' % (CONTROL, ESCAPE, CONTROL)
SINGLE = rb"'[^'%b]*+(?:''[^'%b]*+)*'" % (CONTROL, CONTROL)
PLAIN = (
    rb"(?:[^%b \-?:,\[\]{}#&*!|>'\"%%@`]|-(?=[0-9A-Za-z.]))[^%b:#]*+(?:(?::(?![ \n])|(?<! )#)[^%b:#]*+)*"
    % ((CONTROL,) * 3)
)
SCALAR = rb"(?:%b|%b|%b)" % (DOUBLE, PLAIN, SINGLE)
VALUE = rb"(?: ++%b)?%b" % (SCALAR, END)
# Numbers, dates and the like, of which PLAIN would be true too.
WORD_VALUE = rb"(?: ++-?[0-9A-Za-z][-0-9A-Za-z+.]*+(?::[0-9][-0-9A-Za-z+.]*+)*)?%b" % END

# A list in brackets, of what is quoted and of simple words.
LETTER = rb"0-9A-Za-z_\x80-\xff"
WORDS = rb"[%b][-+.#/%b]*+(?: [%b][-+.#/%b]*+)*" % ((LETTER,) * 4)
MEMBER = rb"(?:%b|%b|%b|~)" % (WORDS, DOUBLE, SINGLE)
FLOW = rb"\[ *+(?:%b *+(?:, *+%b *+)*)?\]" % (MEMBER, MEMBER)

KEY = rb"[0-9A-Za-z_][-0-9A-Za-z_.]{0,63}+"


def _some(item: bytes, at_least: int = 1) -> bytes:
    return rb"(?:%b){%d,%d}" % (item, at_least, MAX_ITEMS)


def _keys(margin: bytes, names: bytes, value: bytes = VALUE) -> bytes:
    """Lines of these keys, in this order, none twice; each may be missing."""
    return b"".join(rb"(?:%b%b:%b)?" % (margin, name, value) for name in names.split())


def _under(margin: bytes, name: bytes, block: bytes) -> bytes:
    """The key's own line and what stands under it; it may be missing."""
    return rb"(?:%b%b:%b%b)?" % (margin, name, END, block)


def _images(margin: bytes, at_least: int = 0) -> bytes:
    inner = margin + b"  "
    item = rb"%b- url:%b" % (margin, VALUE)
    item += _keys(inner, b"width height isCached", WORD_VALUE) + _keys(inner, b"title")
    return _some(item, at_least)


def _provider(margin: bytes) -> bytes:
    return _keys(margin, b"name domain") + _under(margin, b"images", _images(margin + b"  "))


def _related(margin: bytes) -> bytes:
    inner = margin + b"  "
    return _some(
        rb"%b- title:%b" % (margin, VALUE)
        + _keys(inner, b"excerpt")
        + _keys(inner, b"publishedDateTime", WORD_VALUE)
        + _keys(inner, b"webUrl ampWebUrl cdnAmpWebUrl")
        + _keys(inner, b"type", WORD_VALUE)
        + _under(inner, b"provider", _provider(inner + b"  "))
        + _keys(inner, b"quality", WORD_VALUE)
        + _under(inner, b"images", _images(inner + b"  "))
    )


# What may stand under a key: lists of scalars, at either margin, and what our own publisher writes.
BLOCK = rb"|".join(
    (
        _some(rb"  - ++%b%b" % (SCALAR, END)),
        _some(rb"- ++%b%b" % (SCALAR, END)),
        _related(b"  "),
        _images(b"  ", at_least=1),
        _provider(b"  "),
    )
)
# Or any keys with scalars: that none stands there twice is for us to see.
FREE = _some(rb"  %b:%b" % (KEY, VALUE))
ENTRY = re.compile(
    rb"(%b):(?: ++(%b|%b)%b|%b(?:(%b)(?! |- )|(%b)(?! ))?)" % (KEY, FLOW, SCALAR, END, END, BLOCK, FREE)
)
CLOSING = re.compile(rb"(?:---|\.\.\.) *+(?:\n|\Z)")

# In none of our files: carriage returns, and control characters but for the tab.
TEXT = re.compile(rb"[^\x00-\x08\x0b-\x1f\x7f]*+")
# What is no character to XML or YAML, and what only YAML takes for the end of a line; all in UTF-8.
SPECIAL = (
    re.compile(rb"\xc2[\x80-\x9f]"),  # C1, with NEL
    re.compile(rb"\xe2\x80[\xa8\xa9]"),  # LS, PS
    re.compile(rb"\xef\xbb\xbf"),  # the byte order mark
    re.compile(rb"\xef\xbf[\xbe\xbf]"),  # U+FFFE, U+FFFF
)

# These only part what ENTRY has proven.
LINE = re.compile(rb"^( *+)(- ++)?(?:(%b):(?![^ \n]))? *+(.*)$" % KEY, re.MULTILINE)
FREE_KEY = re.compile(rb"^  (%b):" % KEY, re.MULTILINE)
MEMBERS = re.compile(rb"%b|%b|[^\[\], ][^,\]]*+" % (DOUBLE, SINGLE))
ESCAPED = re.compile(r"\\(u....|.)")
NO_LINE = (b"", b"", b"", b"")
CHARACTERS = {"n": "\n", "r": "\r", "t": "\t"}
ABSENT = {null.encode() for null in NULLS}


@dataclass(frozen=True, slots=True)
class Plain:
    """Front matter whose layout proves it to be of the plain kind."""

    _entries: Mapping[str, bytes] = field(
        repr=False
    )  # a key's value on its line, or the whole lines under it
    _data: bytes = field(repr=False)
    _end: int  # of the closing line

    def value(self, skipped: frozenset[str] = frozenset()) -> dict[str, Value]:
        """What the full parse gives for all top-level keys but the skipped ones, in the same order."""
        return {key: _value(raw) for key, raw in self._entries.items() if key not in skipped}

    @property
    def body(self) -> str:
        """What stands after the front matter, decoded when it is asked for."""
        return self._data[self._end :].decode("utf-8")


def split(data: bytes) -> Plain | None:
    """The plain kind of front matter; None for any other, and for a file that has none."""
    if not data.startswith(OPENING):
        return None
    entries: dict[str, bytes] = {}
    at = len(OPENING)
    while entry := ENTRY.match(data, at):
        at = entry.end()
        name, line, block, free = entry.groups()
        key = name.decode()
        if key in entries or (free and not _distinct(free)):
            return None
        entries[key] = line or block or free or b""
    closing = CLOSING.match(data, at)
    if closing is None or at - len(OPENING) > MAX_FRONT_MATTER or not _is_text(data, closing.end()):
        return None
    return Plain(entries, data, closing.end())


def _distinct(block: bytes) -> bool:
    keys = FREE_KEY.findall(block)
    return len(set(keys)) == len(keys)


def _is_text(data: bytes, end: int) -> bool:
    """Whether all is UTF-8 without special characters; ENTRY has seen to the controls before `end`."""
    text = TEXT.match(data, end)
    if text is None or text.end() < len(data):
        return False
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(special.search(data) for special in SPECIAL)


def _value(raw: bytes) -> Value:
    if raw.endswith(b"\n"):
        return _block(raw)
    if raw.startswith(b"["):
        return [_scalar(member) for member in MEMBERS.findall(raw)]
    return _scalar(raw)


def _scalar(raw: bytes) -> str | None:
    quote = raw[:1]
    if quote == b'"':
        text = raw.rstrip(b" ")[1:-1].decode("utf-8")
        return ESCAPED.sub(_unescaped, text) if "\\" in text else text
    if quote == b"'":
        return raw.rstrip(b" ")[1:-1].decode("utf-8").replace("''", "'")
    raw = raw.rstrip(b" ")
    return None if raw in ABSENT else raw.decode("utf-8")


def _unescaped(escape: re.Match[str]) -> str:
    name = escape[1]
    return chr(int(name[1:], 16)) if len(name) > 1 else CHARACTERS.get(name, name)


def _block(raw: bytes) -> Value:
    """Nested lists and mappings, by the column in which each of their parts begins."""
    lines = [line for line in LINE.findall(raw) if any(line)]
    levels: dict[int, Any] = {}
    root = _opened(lines[0], levels)
    for (margin, dash, name, scalar), following in pairwise([*lines, NO_LINE]):
        column = len(margin)
        if dash and not name:
            levels[column].append(_scalar(scalar))
            continue
        if dash:
            item: dict[str, Value] = {}
            levels[column].append(item)
            column += len(dash)
            levels[column] = item
        if scalar:
            levels[column][name.decode()] = _scalar(scalar)
        else:
            levels[column][name.decode()] = _opened(following, levels) if len(following[0]) > column else None
    return root


def _opened(line: tuple[bytes, bytes, bytes, bytes], levels: dict[int, Any]) -> Value:
    """The list or mapping that begins with this line, empty as yet."""
    levels[len(line[0])] = opened = [] if line[1] else {}
    return opened
