"""YAML from many hands, read without surprises.

PyYAML's C parser is asked for events only, so nothing is built before it was looked at: 25,000 nested
brackets would crash its composer, merge keys hang it, aliases multiply, and its constructors raise on an
impossible date. Scalars stay the text that a person wrote (`NO`, `010`, `2024-02-30`); who knows what a
field means converts it.
"""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self, TypeAlias

import yaml

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
Path = tuple[str | int, ...]

MAX_DEPTH = 50
MAX_EVENTS = 250_000  # keys, values, beginnings and ends: more of them take seconds, and 1 KB of memory each
MISSING = re.compile(r"(?:did|could) not find expected (.+)")  # as libyaml says it
NULLS = frozenset(("", "~", "null", "Null", "NULL"))


class YamlError(ValueError):
    """The text is not the plain YAML that we read; `line` counts from 1."""

    def __init__(self, line: int, expected: str, found: str) -> None:
        super().__init__(f"line {line}: expected {expected}, found {found}")
        self.line = line
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class Document:
    """A mapping of plain values: text, None, lists and mappings with text keys."""

    value: dict[str, Value]
    lines: Mapping[Path, int] = field(repr=False)

    def line_of(self, path: Path) -> int | None:
        """The line, from 1, of the innermost part of `path` that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def parse(text: str) -> Document:
    """Read one mapping from YAML text.

    Raises YamlError for what is not YAML, and for aliases, anchors, tags, merge keys, duplicate or
    complex keys, several documents and more than 50 levels, all before anything is built.
    """
    reader = _Reader().read(text)
    value = {} if reader.root is None else reader.root
    if not isinstance(value, dict):
        raise YamlError(1, "a mapping of keys to values", _kind(value))
    return Document(value, reader.lines)


@dataclass(slots=True)
class _Open:
    """A collection that has begun and not ended; `key` is a mapping's while its value is awaited."""

    value: list[Value] | dict[str, Value]
    path: Path
    key: str | None = None

    @property
    def wants_key(self) -> bool:
        return self.key is None and isinstance(self.value, dict)

    @property
    def next_path(self) -> Path:
        return (*self.path, len(self.value) if self.key is None else self.key)

    def add(self, value: Value) -> None:
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.key is not None:
            self.value[self.key] = value
            self.key = None


class _Reader:
    """Builds plain values from events, without recursion, and notes where each stands."""

    def __init__(self) -> None:
        self.root: Value = None
        self.lines: dict[Path, int] = {}
        self._stack: list[_Open] = []
        self._documents = 0

    def read(self, text: str) -> Self:
        for count, event in enumerate(_events(text)):
            mark = event.start_mark
            line = mark.line + 1 if mark else 1
            if count > MAX_EVENTS:
                raise YamlError(line, f"at most {MAX_EVENTS:,} keys and values", "more")
            self._take(event, line)
        return self

    def _take(self, event: yaml.Event, line: int) -> None:
        match event:
            case yaml.ScalarEvent():
                self._scalar(event, line)
            case yaml.SequenceStartEvent():
                self._open(event, [], line)
            case yaml.MappingStartEvent():
                self._open(event, {}, line)
            case yaml.CollectionEndEvent():
                self._stack.pop()
            case yaml.AliasEvent():
                raise YamlError(line, "no aliases", f"*{event.anchor}")
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise YamlError(line, "one document", "a second one")

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        _refuse_decoration(event, line)
        if self._stack and self._stack[-1].wants_key:
            self._stack[-1].key = _key(event, self._stack[-1].value, line)
            self.lines[self._stack[-1].next_path] = line
        else:
            self._add(None if event.implicit[0] and event.value in NULLS else event.value, line)

    def _open(
        self, event: yaml.CollectionStartEvent, value: "list[Value] | dict[str, Value]", line: int
    ) -> None:
        _refuse_decoration(event, line)
        if self._stack and self._stack[-1].wants_key:
            raise YamlError(line, "a key of plain text", "a list or mapping as key")
        if len(self._stack) >= MAX_DEPTH:
            raise YamlError(line, f"at most {MAX_DEPTH} levels", "deeper nesting")
        path = self._add(value, line)
        self._stack.append(_Open(value, path))

    def _add(self, value: Value, line: int) -> Path:
        if not self._stack:
            self.root = value
            return ()
        path = self._stack[-1].next_path
        self.lines.setdefault(path, line)
        self._stack[-1].add(value)
        return path


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = (error.problem or str(error)).removeprefix("found ")
        missing = MISSING.fullmatch(problem)
        raise YamlError(line, *((missing[1], "something else") if missing else ("YAML", problem))) from error
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise YamlError(line, "text without control characters", f"U+{_codepoint(error):04X}") from error


def _codepoint(error: yaml.reader.ReaderError) -> int:
    character = error.character
    return character if isinstance(character, int) else ord(character)


def _refuse_decoration(event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int) -> None:
    if event.anchor is not None:
        raise YamlError(line, "no anchors", f"&{event.anchor}")
    if event.tag is not None:
        raise YamlError(line, "no tags", event.tag)


def _key(event: yaml.ScalarEvent, mapping: Container[object], line: int) -> str:
    key: str = event.value
    if key == "<<" and event.implicit[0]:
        raise YamlError(line, "no merge keys", "<<")
    if key in mapping:
        raise YamlError(line, "each key once", f"{shorten(key)!r} a second time")
    return key


def _kind(value: Value) -> str:
    match value:
        case None:
            return "nothing"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return shown(value)


def shown(value: object) -> str:
    """How a value that was not expected is named in a message: short, on one line."""
    return _kind(value) if value is None or isinstance(value, list | dict) else repr(shorten(str(value)))


def shorten(text: str, limit: int = 60) -> str:
    """At most `limit` characters of the text."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
