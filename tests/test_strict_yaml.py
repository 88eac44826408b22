"""YAML is read as text, like PyYAML's base loader, and nothing hostile gets as far as being built."""

from collections.abc import Mapping
from time import perf_counter

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.strict_yaml import MAX_DEPTH, Document, Path, Value, YamlError, parse, shorten, shown

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    (
        "null",
        "~",
        "NO",
        "yes",
        "010",
        "2024",
        "1.0",
        "2024-02-30",
        "<<",
        "=",
        "---",
        "&a",
        "*a",
        "!!str x",
        "a: b",
        "# c",
    )
)
VALUES: st.SearchStrategy[Value] = st.recursive(
    TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
STYLES = st.fixed_dictionaries(
    {
        "default_style": st.sampled_from((None, '"', "'", "|", ">")),
        "default_flow_style": st.sampled_from((None, True, False)),
        "allow_unicode": st.booleans(),
        "width": st.sampled_from((20, 80, 10_000)),
        "indent": st.integers(2, 9),
        "line_break": st.sampled_from(("\n", "\r\n", "\r")),
    }
)


class PlainDumper(yaml.CSafeDumper):
    """Writes what stands in two places twice."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def refusal(text: str) -> YamlError:
    with pytest.raises(YamlError) as caught:
        parse(text)
    return caught.value


@settings(deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=6), STYLES)
def test_dumped_text_comes_back_in_every_style(value: dict[str, Value], style: Mapping[str, object]) -> None:
    text = yaml.dump(value, Dumper=PlainDumper, **style)  # type: ignore[call-overload]
    assert parse(text).value == value


PLAIN_SCALARS = st.from_regex(r"[-+.]?[0-9a-zA-Z_][0-9a-zA-Z_.+-]{0,20}", fullmatch=True).filter(
    lambda text: text not in ("null", "Null", "NULL")
)


@settings(deadline=None)
@given(st.lists(st.tuples(PLAIN_SCALARS, PLAIN_SCALARS), unique_by=lambda pair: pair[0], max_size=6))
def test_plain_scalars_are_the_text_that_the_base_loader_gives(pairs: list[tuple[str, str]]) -> None:
    text = "".join(f"{key}: {value}\n" for key, value in pairs)
    assert parse(text).value == (yaml.load(text, yaml.CBaseLoader) or {})


@pytest.mark.parametrize(
    "scalar",
    [
        "NO",
        "yes",
        "true",
        "010",
        "0x1F",
        "1_000",
        "1.0",
        "1e3",
        ".nan",
        "2024",
        "2024-02-30",
        "12:30:45",
        "=",
    ],
)
def test_a_scalar_is_the_text_that_a_person_wrote(scalar: str) -> None:
    assert parse(f"key: {scalar}\n{scalar}: value").value == {"key": scalar, scalar: "value"}


@pytest.mark.parametrize("null", ["", "~", "null", "Null", "NULL"])
def test_plain_nulls_are_none(null: str) -> None:
    assert parse(f"a: {null}\nb: [{null or '~'}]\nc:\n  - {null}\n").value == {
        "a": None,
        "b": [None],
        "c": [None],
    }


@pytest.mark.parametrize(
    ("scalar", "text"),
    [("''", ""), ('""', ""), ("'null'", "null"), ('"~"', "~"), ("nULL", "nULL"), ("none", "none")],
)
def test_quoted_nulls_and_other_words_are_text(scalar: str, text: str) -> None:
    assert parse(f"a: {scalar}").value == {"a": text}


def test_a_key_that_looks_like_null_is_text() -> None:
    assert parse("~: a\nnull: b").value == {"~": "a", "null": "b"}


@pytest.mark.parametrize(
    "text", ["", "\n", "# a comment\n", "---\n", "~", "null", "--- # x\n...\n", "%YAML 1.1\n---\n"]
)
def test_a_document_of_nothing_is_an_empty_mapping(text: str) -> None:
    assert parse(text).value == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: &x 1\nb: *x", "line 1: expected no anchors, found &x", id="anchor"),
        pytest.param("a:\n  &x [1]", "line 2: expected no anchors, found &x", id="anchor on a list"),
        pytest.param("a:\n  &x {b: 1}", "line 2: expected no anchors, found &x", id="anchor on a mapping"),
        pytest.param("a: 1\n&x b: 2", "line 2: expected no anchors, found &x", id="anchor on a key"),
        pytest.param("&x a: 1", "line 1: expected no anchors, found &x", id="anchor on the first key"),
        pytest.param("a: 1\nb: *x", "line 2: expected no aliases, found *x", id="alias"),
        pytest.param("a: 1\n*x : 2", "line 2: expected no aliases, found *x", id="alias as key"),
        pytest.param("a: 1\nb: !!str 1", "line 2: expected no tags, found tag:yaml.org,2002:str", id="tag"),
        pytest.param("a: !x 1", "line 1: expected no tags, found !x", id="own tag"),
        pytest.param("a: ! 1", "line 1: expected no tags, found !", id="non-specific tag"),
        pytest.param(
            "a: !!set {b}", "line 1: expected no tags, found tag:yaml.org,2002:set", id="tag on a mapping"
        ),
        pytest.param(
            "a: !!omap [b]", "line 1: expected no tags, found tag:yaml.org,2002:omap", id="tag on a list"
        ),
        pytest.param(
            "!!python/object/apply:os.system [id]",
            "line 1: expected no tags, found tag:yaml.org,2002:python/object/apply:os.system",
            id="python tag",
        ),
        pytest.param("a: 1\nb:\n  <<: {c: 1}", "line 3: expected no merge keys, found <<", id="merge key"),
        pytest.param("{<<: [{a: 1}]}", "line 1: expected no merge keys, found <<", id="merge key in flow"),
        pytest.param(
            "a: 1\nb: 2\na: 3", "line 3: expected each key once, found 'a' a second time", id="duplicate"
        ),
        pytest.param(
            "a: 1\n'a': 3", "line 2: expected each key once, found 'a' a second time", id="quoted duplicate"
        ),
        pytest.param(
            "x:\n  - {a: 1,\n     a: 1}", "line 3: expected each key once, found 'a' a second time", id="deep"
        ),
        pytest.param(
            "a:\na:", "line 2: expected each key once, found 'a' a second time", id="duplicate of a null"
        ),
        pytest.param(
            f"{'k' * 99}: 1\n{'k' * 99}: 2",
            f"line 2: expected each key once, found '{'k' * 59}…' a second time",
            id="long duplicate",
        ),
        pytest.param(
            "a: 1\n? [b]\n: 2",
            "line 2: expected a key of plain text, found a list or mapping as key",
            id="list",
        ),
        pytest.param(
            "? {b: 1}\n: 2", "line 1: expected a key of plain text, found a list or mapping as key", id="map"
        ),
        pytest.param(
            "{[a]: 2}", "line 1: expected a key of plain text, found a list or mapping as key", id="flow list"
        ),
        pytest.param(
            "a: 1\n---\nb: 2", "line 2: expected one document, found a second one", id="two documents"
        ),
        pytest.param(
            "a: 1\n...\n---\n", "line 3: expected one document, found a second one", id="an empty second"
        ),
        pytest.param("- a", "line 1: expected a mapping of keys to values, found a list", id="a list"),
        pytest.param("\n\nword", "line 1: expected a mapping of keys to values, found 'word'", id="a word"),
        pytest.param("''", "line 1: expected a mapping of keys to values, found ''", id="empty quotes"),
        pytest.param(
            "a: 1\nb: \x07", "line 2: expected text without control characters, found U+0007", id="control"
        ),
        pytest.param(
            "é: é\nb: \x7f\n\n\n",
            "line 2: expected text without control characters, found U+007F",
            id="after é",
        ),
        pytest.param(
            "a: \ufffe", "line 1: expected text without control characters, found U+FFFE", id="U+FFFE"
        ),
        pytest.param("a: 'b\nc: d", "line 2: expected YAML, found unexpected end of stream", id="open quote"),
        pytest.param("a: 1\nb: [c", "line 3: expected ',' or ']', found something else", id="open list"),
        pytest.param(
            "a: b: c",
            "line 1: expected YAML, found mapping values are not allowed in this context",
            id="colons",
        ),
        pytest.param(
            "a:\n\tb: c", "line 2: expected YAML, found character that cannot start any token", id="tab"
        ),
        pytest.param(
            "a: @b", "line 1: expected YAML, found character that cannot start any token", id="at sign"
        ),
        pytest.param(
            "a: b\n c: d",
            "line 2: expected YAML, found mapping values are not allowed in this context",
            id="ind",
        ),
    ],
)
def test_what_is_refused_is_named_with_its_line(text: str, message: str) -> None:
    error = refusal(text)
    assert str(error) == message
    assert message == f"line {error.line}: expected {error.expected}, found {error.found}"


def test_a_quoted_merge_key_is_a_key() -> None:
    assert parse("'<<': a").value == {"<<": "a"}


@pytest.mark.parametrize(
    ("opening", "middle", "closing"), [("[", "a", "]"), ("{a: ", "b", "}")], ids=["lists", "mappings"]
)
def test_fifty_levels_are_read_and_one_more_is_refused(opening: str, middle: str, closing: str) -> None:
    inner = MAX_DEPTH - 1  # the outermost mapping is a level too

    def nested(levels: int) -> str:
        return f"one: two\nkey: {opening * levels}{middle}{closing * levels}"

    assert parse(nested(inner)).value["one"] == "two"
    assert str(refusal(nested(inner + 1))) == "line 2: expected at most 50 levels, found deeper nesting"


BOMBS = {
    "brackets": "a: " + "[" * 25_000,
    "closed brackets": "a: " + "[" * 25_000 + "]" * 25_000,
    "braces": "a: " + "{a: " * 25_000,
    "dashes": "a:\n" + "- " * 25_000 + "b",
    "question marks": "? " * 25_000 + "a",
    "indentation": "\n".join(" " * depth + f"k{depth}:" for depth in range(700)),
    "billion laughs": "a: &a [x,x]\n" + "\n".join(f"b{i}: &b{i} [*a,*a]" for i in range(99)),
    "merge keys": "a: &a {x: 1}\nb:\n" + "  <<: [" + "*a," * 300 + "]",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused_at_once(bomb: str) -> None:
    start = perf_counter()
    refusal(bomb)
    assert perf_counter() - start < 2


DOCUMENT = """\
title: a

topics:
- b
-   - c
    - "d
      e"
provider: {name: f,
  domain: g}
images:
  - url: h
    size:
      width: 1
  -
    url: i
empty:
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 1),
        (("topics",), 3),
        (("topics", 0), 4),
        (("topics", 1), 5),
        (("topics", 1, 0), 5),
        (("topics", 1, 1), 6),
        (("provider", "name"), 8),
        (("provider", "domain"), 9),
        (("images", 0), 11),
        (("images", 0, "url"), 11),
        (("images", 0, "size", "width"), 13),
        (("images", 1), 15),
        (("images", 1, "url"), 15),
        (("empty",), 16),
        # what is not there stands where it would be
        (("images", 0, "alt"), 11),
        (("images", 7, "url"), 10),
        (("title", "x", "y"), 1),
        (("nowhere",), None),
        ((), None),
    ],
    ids=str,
)
def test_line_of_is_the_line_of_the_innermost_part(path: Path, line: int | None) -> None:
    assert parse(DOCUMENT).line_of(path) == line


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_line_of_counts_every_blank_line(blanks: list[int]) -> None:
    text, lines, line = "", {}, 1
    for number, blank in enumerate(blanks):
        text += "\n" * blank + f"k{number}: v\n"
        lines[f"k{number}"] = line + blank
        line += blank + 1
    document = parse(text)
    assert {key: document.line_of((key,)) for key in lines} == lines


@settings(deadline=None)
@given(st.text(max_size=300) | st.text(alphabet="[]{}:,-?&*!|>'\"%@`#\n ab<~", max_size=60))
def test_any_text_is_a_document_or_a_yaml_error_in_one_of_its_lines(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    try:
        document = parse(text)
    except YamlError as error:
        assert 1 <= error.line <= len(text.splitlines()) + 2  # noqa: PT017 - either is right
    else:
        assert document == Document(document.value, document.lines)
        assert all(1 <= line <= len(text.splitlines()) + 1 for line in document.lines.values())


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "nothing"),
        ([], "a list"),
        ({}, "a mapping"),
        ("", "''"),
        ("a\nb", r"'a\nb'"),
        ("a" * 60, f"'{'a' * 60}'"),
        ("a" * 61, f"'{'a' * 59}…'"),
        (3, "'3'"),
    ],
)
def test_a_value_is_shown_short_and_on_one_line(value: object, name: str) -> None:
    assert shown(value) == name


def test_shortened_text_keeps_its_limit() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"
