import time
from pathlib import Path
from random import Random

import pytest
from articles.mutations import LAYOUTS, SPECIAL, VALUES, mutant, shortened, violation
from conftest import CORPORA, ROOT
from hypothesis import given
from hypothesis import strategies as st

from feeds.articles import front_matter, plain

SEEDS = sorted((ROOT / "seeds").rglob("*.md"))
BULKY = frozenset(("related", "secured"))
MUTANTS = 3000

# Lines between the delimiters.
UNUSUAL = {
    "a folded string": b'title: "one\n  two"',
    "a folded string at column 0": b'title: "one\ntwo"\nb: c',
    "a folded plain scalar": b"title: one\n  two",
    "a plain scalar on the next line": b"title:\n  one",
    "a folded scalar in a list": b"tags:\n  - one\n    two\n  - three",
    "a literal block": b"title: |\n  one",
    "a colon": b"title: one: two",
    "a colon at the end": b"title: one:",
    "a colon before a tab": b"title: one:\ttwo",
    "a comment behind a value": b"title: one # two",
    "a comment behind a string": b'title: "one" # two',
    "a comment": b"# one\ntitle: two",
    "an alias": b"title: *one",
    "an anchor": b"title: &one two",
    "a tag": b"title: !!str two",
    "a key twice": b"title: one\ntags: []\ntitle: two",
    "a nested key twice": b"cover:\n  image: a\n  image: b",
    "a key of an image twice": b"images:\n  - url: a\n    width: 1\n    width: 2",
    "a key of a related article twice": b"related:\n  - title: a\n    quality: 1\n    quality: 2",
    "a merge key": b"<<: a",
    "a quoted key": b'"title": a',
    "a complex key": b"? a\n: b",
    "a key over 1024 characters": b"k" * 1025 + b": a",
    "no blank after the colon": b"title:a",
    "a blank before the colon": b"title : a",
    "a margin": b" title: a",
    "an odd margin": b"images:\n   - url: a",
    "a deeper key": b"title: a\n  b: c",
    "a deeper item": b"tags:\n  - a\n    - b",
    "a shallower item": b"tags:\n  - a\n- b",
    "a mapping in braces": b"a: {b: c}",
    "a nested list in brackets": b"a: [[b]]",
    "a comma too many": b"a: [b, ]",
    "a pair in brackets": b"a: [b: c]",
    "an item of nothing": b"a:\n  -\n  - b",
    "what follows a list": b"a: [b] c",
    "what follows a string": b'a: "b" c',
    "a quote in a string": b'a: "b"c"',
    "an open string": b'a: "b',
    "an escaped end": rb'a: "b\"',
    "a control character escaped": rb'a: "\x07"',
    "C1 escaped": rb'a: "\u0085"',
    "a surrogate": rb'a: "\ud800"',
    "a byte order mark escaped": rb'a: "\ufeff"',
    "an unknown escape": rb'a: "\q"',
    "an open single quoted string": b"a: 'it's",
    "NEL": "a: b\x85c: d".encode(),
    "LS": "a: b\u2028c: d".encode(),
    "PS in a string": 'a: "b\u2029c"'.encode(),
    "a byte order mark": "a: \ufeffb".encode(),
    "no character": "a: \uffff".encode(),
    "NUL": b"a: b\0",
    "DEL": b'a: "\x7f"',
    "a carriage return": b"a: b\r",
    "a tab": b"a:\tb",
    "a tab at the end": b"a: b\t",
    "not UTF-8": b"a: \xff",
    "half a character": b'a: "\xc3"',
    "a document's end": b"a: b\n...\nc: d",
    "a document's start": b"a: b\n--- c",
    "a directive": b"%YAML 1.1",
    "words": b"a b c",
    "a list": b"- a",
    "over 1 MB": b"a: b" + b"\n" * (1024 * 1024),
}


def between(lines: bytes) -> bytes:
    return b"---\n" + lines + b"\n---\n"


@pytest.mark.parametrize("data", LAYOUTS)
def test_usual_layouts_are_proven(data: bytes) -> None:
    assert plain.split(data) is not None
    assert violation(data, BULKY) is None


@pytest.mark.parametrize("lines", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_unusual_is_not_proven(lines: bytes) -> None:
    assert plain.split(between(lines)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"---",
        b"---\n",
        b"a: b\n",
        b"---\na: b\n",
        b"---\na: b\n---c\n",
        b"--- \na: b\n---\n",
        b"---\r\na: b\r\n---\r\n",
        b"\xef\xbb\xbf---\na: b\n---\n",
        b"+++\na = 1\n+++\n",
        b"---\na: b\n---\nbody\r\n",
        b"---\na: b\n---\nbody\x0c",
        b"---\na: b\n---\n\xff",
        "---\na: b\n---\n\ufeff".encode(),
    ],
)
def test_other_files_are_not_proven(data: bytes) -> None:
    assert plain.split(data) is None


def test_values_are_read_as_a_person_wrote_them() -> None:
    lines = rb"""
a: 010
b: NO
c: 'it''s'
d: "\"\\n\u00e9\n\/"
e: ~
f: "~"
g:
h: [x y, "", null, 'z']
i:
- 2024-02-30
- ' '
j:
  name: N
  images:
    - url: u
      width: 1
    - url:
"""
    proven = plain.split(between(lines))
    assert proven is not None
    assert proven.value() == {
        "a": "010",
        "b": "NO",
        "c": "it's",
        "d": '"\\né\n/',
        "e": None,
        "f": "~",
        "g": None,
        "h": ["x y", "", None, "z"],
        "i": ["2024-02-30", " "],
        "j": {"name": "N", "images": [{"url": "u", "width": "1"}, {"url": None}]},
    }
    assert list(proven.value(frozenset("bdfhj"))) == ["a", "c", "e", "g", "i"]
    assert violation(between(lines)) is None


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_the_law_holds_for_the_sample_articles(path: Path) -> None:
    data = path.read_bytes()
    assert violation(data, BULKY) is None
    assert (plain.split(data) is None) == (front_matter.split(data) is None)


@pytest.mark.parametrize("name", CORPORA)
def test_the_law_holds_for_real_articles_nearly_all_of_which_are_proven(name: str) -> None:
    if not CORPORA[name].is_dir():
        pytest.skip(f"the real articles of {name} are not on this machine")
    files = [path.read_bytes() for path in sorted(CORPORA[name].iterdir())]
    assert [violation(data, BULKY) for data in files if len(data) < 50_000 and violation(data, BULKY)] == []
    assert sum(plain.split(data) is not None for data in files) >= 0.99 * len(files)


def test_the_law_holds_for_mutants_of_real_articles() -> None:
    random = Random(2026)
    folders = [folder for folder in CORPORA.values() if folder.is_dir()]
    paths = SEEDS + [path for folder in folders for path in sorted(folder.iterdir())[::40]]
    files = LAYOUTS * 4 + [shortened(path.read_bytes()) for path in paths]
    mutants = [mutant(random, random.choice(files)) for _ in range(MUTANTS)]
    assert [(found, data) for data in mutants if (found := violation(data, BULKY))] == []
    assert sum(plain.split(data) is not None for data in mutants) > MUTANTS / 20


def _texts() -> st.SearchStrategy[bytes]:
    pieces = st.sampled_from([*SPECIAL, b"a", b"b c", b"1", "é".encode()])
    return st.lists(pieces, max_size=4).map(b"".join)


KEYS = st.sampled_from(
    [b"title", b"url", b"width", b"images", b"name", b"a-b", b"1", b"null", b"<<", b"a b", b"-", b""]
)
SCALARS = st.one_of(
    st.sampled_from(VALUES),
    _texts(),
    _texts().map(lambda text: b'"' + text + b'"'),
    _texts().map(lambda text: b"'" + text + b"'"),
)
LINES = st.one_of(
    st.builds(lambda key, value: key + b": " + value, KEYS, SCALARS),
    st.builds(lambda value: b"- " + value, SCALARS),
    st.builds(lambda key, value: b"- " + key + b": " + value, KEYS, SCALARS),
    st.builds(lambda key: key + b":", KEYS),
    st.just(b""),
)
MARGINS = st.sampled_from([b"", b"", b"  ", b"    ", b" "])


@given(
    lines=st.lists(st.builds(bytes.__add__, MARGINS, LINES), max_size=8),
    body=_texts(),
    skipped=st.frozensets(KEYS.map(bytes.decode)),
)
def test_the_law_holds_for_any_lines(lines: list[bytes], body: bytes, skipped: frozenset[str]) -> None:
    assert violation(b"---\n" + b"".join(line + b"\n" for line in lines) + b"---\n" + body, skipped) is None


@given(st.binary())
def test_the_law_holds_for_any_bytes(data: bytes) -> None:
    assert violation(data) is None
    assert violation(b"---\n" + data + b"\n---\n") is None


@pytest.mark.parametrize(
    "lines",
    [
        b"a:\n" + b"  b: c\n" * 60_000,
        b"a:\n" + b"  - b\n" * 60_000 + b"  c",
        b"related:\n" + b"  - title: a\n    provider:\n      name: b\n" * 20_000 + b"    ?",
        b"a: " + b"b:" * 200_000,
        b"a: " + b"b " * 200_000 + b": c",
        b"a: '" + b"''" * 200_000,
        b'a: "' + rb"\n" * 200_000 + rb"\q",
        b"a: [" + b"b, " * 200_000,
        b"a: [" + b"b " * 200_000,
        b"a:" + b" " * 400_000 + b"#",
        b"".join(b"k%d:\n  a: b\n" % number for number in range(20_000)) + b"  ?",
        b"k" * 400_000,
        b"\n" * 400_000 + b"?",
    ],
)
def test_time_is_linear_however_broken_the_lines_are(lines: bytes) -> None:
    start = time.process_time()
    assert plain.split(between(lines)) is None
    assert time.process_time() - start < 2


def test_long_lists_are_left_to_the_full_parse() -> None:
    items = b"tags:\n" + b"  - a\n" * (plain.MAX_ITEMS + 1)
    assert plain.split(between(items)) is None
    assert plain.split(between(items.removesuffix(b"  - a\n"))) is not None
