"""YAML from many hands, read without surprises.

PyYAML's C parser is asked for events only, so nothing is built before it was looked at: 25,000 nested
brackets would crash its composer, merge keys hang it, aliases multiply, and its constructors raise on an
impossible date. Scalars stay the text that a person wrote (`NO`, `010`, `2024-02-30`); who knows what a
field means converts it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

Value: TypeAlias = "str | None | list[Value] | dict[str, Value]"
Path = tuple[str | int, ...]

MAX_DEPTH = 50
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
    text: str = field(repr=False)

    def line_of(self, path: Path) -> int | None:
        """The line, from 1, of the innermost part of `path` that is there."""
        lines = dict(_lines(self.text))
        while path and path not in lines:
            path = path[:-1]
        return lines.get(path)


def parse(text: str) -> Document:
    """Read one mapping from YAML text.

    Raises YamlError for what is not YAML, and for aliases, anchors, tags, merge keys, duplicate or
    complex keys, several documents and more than 50 levels, all before anything is built.
    """
    value: Value = None
    for path, scalar, _ in _walk(text):
        if not path:
            value = scalar
    if value is None:
        return Document({}, text)
    if not isinstance(value, dict):
        raise YamlError(1, "a mapping of keys to values", _kind(value))
    return Document(value, text)


def _lines(text: str) -> Iterator[tuple[Path, int]]:
    for path, _, line in _walk(text):
        yield path, line


@dataclass(slots=True)
class _Open:
    """A collection that has begun and not ended."""

    value: list[Value] | dict[str, Value]
    key: str | None = None  # of a mapping, while its value is awaited

    def step(self) -> str | int:
        return len(self.value) if isinstance(self.value, list) else self.key or ""

    def add(self, value: Value) -> None:
        if isinstance(self.value, list):
            self.value.append(value)
        else:
            self.value[self.key or ""] = value
            self.key = None


def _walk(text: str) -> Iterator[tuple[Path, Value, int]]:
    """Every node as (path, value, line), each collection as it begins: filled when the walk is over."""
    stack: list[_Open] = []
    documents = 0
    for event in _events(text):
        line = event.start_mark.line + 1
        match event:
            case yaml.DocumentStartEvent():
                documents += 1
                if documents > 1:
                    raise YamlError(line, "one document", "a second one")
            case yaml.AliasEvent():
                raise YamlError(line, "no aliases", f"*{event.anchor}")
            case yaml.ScalarEvent():
                _refuse_decoration(event, line)
                if stack and isinstance(stack[-1].value, dict) and stack[-1].key is None:
                    stack[-1].key = _key(event, stack[-1].value, line)
                    yield _path(stack), None, line
                    continue
                value = None if event.implicit[0] and event.value in NULLS else event.value
                yield _path(stack), value, line
                if stack:
                    stack[-1].add(value)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                _refuse_decoration(event, line)
                if stack and isinstance(stack[-1].value, dict) and stack[-1].key is None:
                    raise YamlError(line, "a key of plain text", "a list or mapping as key")
                if len(stack) >= MAX_DEPTH:
                    raise YamlError(line, f"at most {MAX_DEPTH} levels", "deeper nesting")
                opened = _Open([] if isinstance(event, yaml.SequenceStartEvent) else {})
                yield _path(stack), opened.value, line
                stack.append(opened)
            case yaml.CollectionEndEvent():
                closed = stack.pop()
                if stack:
                    stack[-1].add(closed.value)


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise YamlError(line, "YAML", error.problem or str(error)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(line, "text without control characters", f"U+{_codepoint(error):04X}") from error


def _codepoint(error: yaml.reader.ReaderError) -> int:
    character = error.character
    return character if isinstance(character, int) else ord(character)


def _path(stack: list[_Open]) -> Path:
    return tuple(opened.step() for opened in stack)


def _refuse_decoration(
    event: yaml.ScalarEvent | yaml.SequenceStartEvent | yaml.MappingStartEvent, line: int
) -> None:
    if event.anchor is not None:
        raise YamlError(line, "no anchors", f"&{event.anchor}")
    if event.tag is not None:
        raise YamlError(line, "no tags", event.tag)


def _key(event: yaml.ScalarEvent, mapping: dict[str, Value], line: int) -> str:
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
