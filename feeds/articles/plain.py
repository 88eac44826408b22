"""The usual kind of front matter, read fast: proven by its layout, without a YAML parser.

Publishers write front matter by a template, so nearly all of it has one of a few layouts. A grammar over
bytes knows those in which YAML leaves no room: every scalar ends on its line, every margin is fixed, no
key can stand twice. What it proves may be read by ourselves, or left unread, which pays: of real articles
96 % are `related` and `secured`. Anything else, by any sign, is left to the full guarded parse.

First the double quoted strings are cut out, for one `"` each: most bytes stand in them, where splitting is
ten times as fast as a regular expression. Of what is left, the outline, ENTRY takes key after key. A `"`
counts as a string only where ENTRY takes it for one, so an outline that is proven proves the whole.

Only runs of single characters are possessive: groups that are (`(?:…)*+`) match wrongly before Python 3.11.5
(gh-106052). Time is linear all the same: no text can be taken in two ways, and no round goes unlimited.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Final, TypeAlias

from feeds.articles.front_matter import MAX_FRONT_MATTER
from feeds.strict_yaml import NULLS, Value

OPENING: Final = b"---\n"
CLOSING = re.compile(rb"\n--- *+(?:\n|\Z)")

# Usual in any file; a tab only in strings and in the body, though. What else there is must be beyond ASCII,
# and not C1 with its NEL, LS or PS, which are line breaks to YAML alone, a byte order mark, U+FFFE or U+FFFF.
USUAL: Final = bytes(range(0x20, 0x7F)) + b"\t\n"
UNUSUAL = re.compile(rb"[\x00-\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]|\xef(?:\xbb\xbf|\xbf[\xbe\xbf])")

# Two escapes could deceive us about where a string ends. Before strings are cut out, bytes stand for them
# that are never in UTF-8. Of the other escapes those are read that mean the same to all: no surrogate, no
# C0 or C1, no byte order mark.
DECEIVING = re.compile(rb'\\[\\"]')
STAND_INS: Final = {rb"\\": b"\xfe", rb"\"": b"\xff"}
ESCAPES = re.compile(rb"[^\\]*+(?:\\(?:[/nrt]|u(?!00[0-9])[0-9a-cA-C][0-9a-fA-F]{3})[^\\]*+)*")
ESCAPE = re.compile(rb"\\(?:u(....)|(.))")
ESCAPED: Final = {b"/": b"/", b"n": b"\n", b"r": b"\r", b"t": b"\t"}

# Values, on one line. Blanks at the end are no part of a plain one; `: ` and ` #` would end it.
TEXT = rb"[^\x00-\x1f\x7f\xfe\xff\":#]*+"
PLAIN = (
    rb"(?:[^\x00-\x20\x7f\xfe\xff\-?:,\[\]{}#&*!|>'\"%%@`]|-(?=[0-9A-Za-z.]))%b(?:(?::(?![ \n])|(?<! )#)%b)*"
)
PLAIN %= (TEXT, TEXT)
SINGLE = rb"'[^\x00-\x1f\x7f\xfe\xff\"']*+(?:''[^\x00-\x1f\x7f\xfe\xff\"']*+)*'"
SCALAR = rb"(?:\"|%b|%b)" % (PLAIN, SINGLE)
VALUE = rb"(?: %b|)\n" % SCALAR
WORD = rb"(?: -?[0-9A-Za-z][-0-9A-Za-z+.:]*+(?<!:)|)\n"  # a number or a date, faster than VALUE

# A list in brackets, of strings and simple words.
LETTER = rb"0-9A-Za-z_\x80-\xfd"
MEMBER = rb"(?:\"|%b|~|[%b][-+.#/%b]*+(?: [%b][-+.#/%b]*+)*)" % (SINGLE, LETTER, LETTER, LETTER, LETTER)
FLOW = rb"\[ *+(?:%b *+(?:, *+%b *+)*|)\]" % (MEMBER, MEMBER)

KEY = rb"[0-9A-Za-z_][-0-9A-Za-z_.]{0,63}+"
MAX_ITEMS: Final = 2000  # of one list, for whose every round the matcher remembers some hundred bytes


def _some(item: bytes, at_least: int = 1) -> bytes:
    return rb"(?:%b){%d,%d}" % (item, at_least, MAX_ITEMS)


def _keys(margin: bytes, names: bytes, value: bytes = VALUE) -> bytes:
    """Lines of these keys, in this order, none twice; each may be missing."""
    return b"".join(rb"(?:%b%b:%b|)" % (margin, name, value) for name in names.split())


def _under(margin: bytes, name: bytes, block: bytes) -> bytes:
    """The key's own line and what stands under it; all may be missing."""
    return rb"(?:%b%b:\n%b|)" % (margin, name, block)


def _images(margin: bytes, at_least: int = 0) -> bytes:
    inner = margin + b"  "
    item = rb"%b- url:%b" % (margin, VALUE)
    item += _keys(inner, b"width height isCached", WORD) + _keys(inner, b"title")
    return _some(item, at_least)


def _provider(margin: bytes) -> bytes:
    return _keys(margin, b"name domain") + _under(margin, b"images", _images(margin + b"  "))


def _related(margin: bytes) -> bytes:
    inner = margin + b"  "
    item = rb"%b- title:%b" % (margin, VALUE)
    item += _keys(inner, b"excerpt") + _keys(inner, b"publishedDateTime", WORD)
    item += _keys(inner, b"webUrl ampWebUrl cdnAmpWebUrl") + _keys(inner, b"type", WORD)
    item += _under(inner, b"provider", _provider(inner + b"  ")) + _keys(inner, b"quality", WORD)
    return _some(item + _under(inner, b"images", _images(inner + b"  ")))


END = rb" *+\n++"  # of a line, with the empty lines after it
# Under a key: a list of scalars, at either margin that is usual, or what our own publisher writes.
BLOCK = b"|".join(
    (
        _some(rb"  - ++%b%b" % (SCALAR, END)),
        _some(rb"- ++%b%b" % (SCALAR, END)),
        _related(b"  "),
        _images(b"  ", at_least=1),
        _provider(b"  "),
    )
)
# Or any keys with scalars: that none stands there twice is for us to see.
FREE = _some(rb"  %b:(?: ++%b|)%b" % (KEY, SCALAR, END))
ENTRY = rb"^((%b):(?: ++(%b|%b)%b|%b(?:(%b)(?! |- )|(%b)(?! )|))\n*+)"
ENTRY %= (KEY, FLOW, SCALAR, END, END, BLOCK, FREE)

# These only part what ENTRY has proven.
LINE = re.compile(rb"^( *+)(- ++)?(?:(%b):(?![^ \n]))? *+(.*)$" % KEY, re.MULTILINE)
NO_LINE: Final = (b"", b"", b"", b"")
FREE_KEY = re.compile(rb"^  (%b):" % KEY, re.MULTILINE)
MEMBERS = re.compile(rb"\"|%b|[^\[\], ][^,\]]*+" % SINGLE)
SMALL: Final = 500  # bytes of a block's outline
ABSENT: Final = frozenset(null.encode() for null in NULLS)


# What stands behind a key, on its line or as whole lines under it, and how many strings stand before that.
_Entry: TypeAlias = tuple[bytes, int]


@dataclass(frozen=True, slots=True)
class Plain:
    """Front matter whose layout proves it to be of the plain kind."""

    _entries: Mapping[str, _Entry] = field(repr=False)
    _strings: Sequence[bytes] = field(repr=False)  # that were cut out of the outline
    _data: bytes = field(repr=False)
    _end: int  # of the closing line

    def value(self, skipped: frozenset[str] = frozenset()) -> dict[str, Value]:
        """What the full parse gives for all top-level keys but the skipped ones, in the same order."""
        return {key: self._value(entry) for key, entry in self._entries.items() if key not in skipped}

    def only(self, wanted: Iterable[str]) -> dict[str, Value]:
        """Of `value()`, these keys, as far as they are there."""
        return {key: self._value(self._entries[key]) for key in wanted if key in self._entries}

    @property
    def body(self) -> str:
        """What stands after the front matter, decoded when it is asked for."""
        return self._data[self._end :].decode("utf-8")

    def _value(self, entry: _Entry) -> Value:
        outline, at = entry
        if outline == b'"':
            return _string(self._strings[at])
        strings = self._strings[at : at + outline.count(b'"')]
        if outline.endswith(b"\n") and len(outline) <= SMALL:
            return _small_block(outline, *strings)
        rest = iter(strings)
        if outline.endswith(b"\n"):
            return _block(outline, rest)
        if outline.startswith(b"["):
            return [_scalar(member, rest) for member in MEMBERS.findall(outline)]
        return _scalar(outline, rest)


def split(data: bytes) -> Plain | None:
    """The plain kind of front matter; None for any other, and for a file that has none."""
    closing = _closing(data)
    if closing is None or not data.startswith(OPENING):
        return None
    head = data[len(OPENING) : closing.start() + 1]
    if len(head) > MAX_FRONT_MATTER or not _is_text(data):
        return None
    if b"\\" in head:
        head = DECEIVING.sub(lambda escape: STAND_INS[escape[0]], head)
    parts = head.split(b'"')
    strings = parts[1::2]
    if len(parts) % 2 == 0 or not _are_strings(b"".join(strings)):
        return None
    entries = _entries(b'"'.join(parts[::2]))
    return None if entries is None else Plain(entries, strings, data, closing.end())


def _closing(data: bytes) -> re.Match[bytes] | None:
    """The closing line, with the end of the line before it.

    In a file without body it is the last one, which is found at once. Whichever we take: did another stand
    before it, ENTRY would not take that for plain.
    """
    before = len(OPENING) - 1
    last = CLOSING.match(data, max(data.rfind(b"\n---"), before))
    if last and not data[last.end() :].strip():
        return last
    return CLOSING.match(data, max(data.find(b"\n---", before), before))


def _is_text(data: bytes) -> bool:
    """Whether all is UTF-8 without control characters and their like."""
    rest = data.translate(None, USUAL)
    if not rest:
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return UNUSUAL.search(rest) is None


def _are_strings(joined: bytes) -> bool:
    return b"\n" not in joined and (b"\\" not in joined or ESCAPES.fullmatch(joined) is not None)


def _entries(outline: bytes) -> dict[str, _Entry] | None:
    """What stands behind each key, if all of the outline is plain and every key there once."""
    entries: dict[str, _Entry] = {}
    proven = len(outline) - len(outline.lstrip(b"\n"))
    strings = 0
    for entry, key, line, block, free in _entry().findall(outline):
        name = key.decode()
        if name in entries or (free and not _distinct(free)):
            return None
        value = line or block or free
        entries[name] = (value, strings)
        strings += value.count(b'"')
        proven += len(entry)
    return entries if proven == len(outline) else None


@cache
def _entry() -> re.Pattern[bytes]:
    """ENTRY, compiled when it is first needed, which takes as long as a hundred articles."""
    return re.compile(ENTRY, re.MULTILINE)


def _distinct(block: bytes) -> bool:
    keys = FREE_KEY.findall(block)
    return len(set(keys)) == len(keys)


def _scalar(outline: bytes, strings: Iterator[bytes]) -> str | None:
    outline = outline.rstrip(b" ")
    if outline == b'"':
        return _string(next(strings))
    if outline.startswith(b"'"):
        return outline[1:-1].decode("utf-8").replace("''", "'")
    return None if outline in ABSENT else outline.decode("utf-8")


def _string(raw: bytes) -> str:
    if raw.isascii() and b"\\" not in raw:  # most, in which no stand-in can be
        return raw.decode("ascii")
    if b"\\" in raw:
        raw = ESCAPE.sub(_unescaped, raw)
    for escape, stand_in in STAND_INS.items():
        raw = raw.replace(stand_in, escape[1:])
    return raw.decode("utf-8")


def _unescaped(escape: re.Match[bytes]) -> bytes:
    codepoint, name = escape.groups()
    return chr(int(codepoint, 16)).encode() if codepoint else ESCAPED[name]


@lru_cache(maxsize=1000)
def _small_block(outline: bytes, *strings: bytes) -> Value:
    """Many articles share providers and topics. Who is given such a block must not change it."""
    return _block(outline, iter(strings))


def _block(outline: bytes, strings: Iterator[bytes]) -> Value:
    """Nested lists and mappings, by the column in which each of their parts begins."""
    lines = [line for line in LINE.findall(outline) if any(line)]
    levels: dict[int, Any] = {}
    root = _opened(lines[0], levels)
    for (margin, dash, name, scalar), following in pairwise([*lines, NO_LINE]):
        column = len(margin)
        if dash and not name:
            levels[column].append(_scalar(scalar, strings))
            continue
        if dash:
            item: dict[str, Value] = {}
            levels[column].append(item)
            column += len(dash)
            levels[column] = item
        if scalar:
            levels[column][name.decode()] = _scalar(scalar, strings)
        else:
            levels[column][name.decode()] = _opened(following, levels) if len(following[0]) > column else None
    return root


def _opened(line: tuple[bytes, bytes, bytes, bytes], levels: dict[int, Any]) -> Value:
    """The list or mapping that begins with this line, empty as yet."""
    opened: Value = [] if line[1] else {}
    levels[len(line[0])] = opened
    return opened
