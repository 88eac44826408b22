"""Front matter as it should not be: real files, broken at random but by a seed; and the law that must hold.

Shared by `tests/articles/test_plain.py`, which tries thousands, and `bench/fuzz_front_matter.py`, for more.
"""

from collections.abc import Callable
from random import Random

from feeds.articles import front_matter, plain

# What other generators' articles look like, which are plain too.
LAYOUTS = [
    b"---\n---\n",
    b"---\n\n---\nBody",
    rb"""---
layout: post
title:  It works, or does it?
date:   2024-02-30 10:00:00 +0100
categories: jekyll update
---
""",
    rb"""---
title: 'It''s here'
tags: [C#, "a, b", 'it''s', null, ~, two words]
draft:
empty: []

id: ''
---
""",
    rb"""---
tags:
- a
- 'b'

- "c: \"d\" \u00e9\n\\"

last: x#y
---
# Body

	with a tab

---

and a rule
""",
    rb"""---
tags:
  - a:b
  -  -1
  - ~
url: https://example.com/?a=b#c
---
""",
    """---
cover:
  image: é.png
  alt: ''
  hidden:

author:
  name: X
  email: 'x@example.com'
---
é
""".encode(),
    rb"""---
images:
  - url:
    width: 3
  - url: x
    title: ''
provider:
  images:
related:
---""",
    rb"""---
related:
  - title: A
    provider:
    quality: 3
    images:
  - title:
    images:
      - url: x
---
""",
    b"---\ntitle: blanks  \nempty: \nquoted: 'a' \n---  \n",
]
SPECIAL = [
    *(bytes([byte]) for byte in b":#-'\"\\|>&*!%@`[]{},?~=.<\t\r\n \x00\x07\x1f\x7f\xff\xc3"),
    *(character.encode() for character in "\x85\x9f\u2028\u2029\ufeff\uffff\u00a0é\U0001f600"),
    *(
        b": ",
        b" #",
        b"- ",
        b"? ",
        b"\r\n",
        b"\n\n",
        b"  ",
        b"''",
        b'""',
        b'"\n',
        b': "',
        b"\n ",
        b"--- ",
        b"\n---\n",
    ),
    *(
        b"<<: ",
        b"&a ",
        b"*a",
        b"!!str ",
        b"null",
        b"~",
        b"[]",
        b"{}",
        b"[a, b]",
        b"['a', \"b\"]",
        b"|\n",
        b">-\n",
    ),
    *(
        rb"\"",
        rb"\\",
        rb"\n",
        rb"\/",
        rb"\x07",
        rb"\u2028",
        rb"\ud800",
        rb"\u0007",
        rb"\ufeff",
        rb"\e",
        b"\\\n",
    ),
]
LINES = [
    *(
        b"",
        b" ",
        b"---",
        b"...",
        b"--- ",
        b"# a comment",
        b"  # a comment",
        b"word",
        b"  word",
        b"- word",
        b"  - word",
    ),
    *(
        b"key:",
        b"key: value",
        b"  key: value",
        b"key: 'it''s'",
        b'"title": x',
        b"? x",
        b"<<: x",
        b"%YAML 1.1",
        b"\t",
    ),
    *(
        b"    - url: x",
        b"      width: 3",
        b"      name: x",
        b"    images:",
        b"tags: [a, b]",
        b"a: {b: c}",
        b"a: - b",
    ),
]
VALUES = [
    *(
        b"",
        b" ",
        b"~",
        b"null",
        b"Null",
        b"NULL",
        b"NuLL",
        b"-1",
        b"-",
        b"--",
        b"- a",
        b"-a",
        b"?",
        b"?a",
        b":",
        b":a",
    ),
    *(
        b"a:",
        b"a: b",
        b"a:b",
        b"a :b",
        b"a #b",
        b"a#b",
        b"#a",
        b"a #",
        b"!a",
        b"! a",
        b"&a",
        b"&a b",
        b"*a",
        b"@a",
        b"`a",
    ),
    *(
        b"%a",
        b"|",
        b">",
        b"> a",
        b",a",
        b"a,",
        b"]",
        b"}",
        b"{}",
        b"{a: b}",
        b"<<",
        b"=",
        b"---",
        b"...",
        b"--- a",
        b".a",
    ),
    *(
        b"12:",
        b"12: ",
        b"1:2",
        b"-1:",
        b"a  ",
        b" a",
        b"\ta",
        b"a\t",
        b"a\tb",
        b"a\t#b",
        b"\xc2\xa0a",
        b"a\xc2\xa0",
    ),
    *(
        b'""',
        b'"',
        b"''",
        b"'",
        b", b'",
        b"'it''s'",
        b"'it's'",
        b'"a"b',
        b'"a" b',
        b'"a" #b',
        b'"a"#b',
        b"'a' b",
    ),
    *(
        b'a "b"',
        b'a "b: c" d',
        b'a "b #c"',
        b"a 'b'",
        b'"a\tb"',
        b'"a: b"',
        b'"a #b"',
        b'"a\\"',
        b'"a\\\\"',
        b'"\\""',
        b'"a" "b"',
    ),
    *(
        rb'"\n\r\t\/"',
        rb'"\u00e9\u2028"',
        rb'"\u0085"',
        rb'"\ud83d\ude00"',
        rb'"\xe9"',
        rb'"\U0001f600"',
        rb"'\n\'",
        rb"a\nb",
    ),
    *(
        b"[]",
        b"[ ]",
        b"[a]",
        b"[a, b]",
        b"[a,b]",
        b"[a b , c]",
        b"[a, ]",
        b"[,]",
        b"[a: b]",
        b"[a:b]",
        b"[a #b]",
        b"[C#, C++]",
    ),
    *(
        b"[null, ~, '', \"\"]",
        b'["a", "b]"]',
        b"['a, b', 'it''s']",
        b"[[a]]",
        b"[a",
        b"a]",
        b"[-a]",
        b"[a-b, a -b]",
        b"[a]b",
    ),
    *(
        b"[a] b",
        b"[a]  ",
        b"[a] #b",
        b"[a]: b",
        b'"a": b',
        b"'a': b",
        b'["a": b]',
        b'["a" b]',
        b"[.a]",
        b"[1.5, 2020-01-01]",
    ),
]
Mutation = Callable[[Random, bytes], bytes]


def _byte(random: Random, data: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice(SPECIAL) + data[at + random.choice((0, 0, 1)) :]


def _cut(random: Random, data: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + data[at + random.choice((1, 1, 2, 3, 20)) :]


def _beside_a_mark(random: Random, data: bytes) -> bytes:
    """Special characters where they matter: beside quotes, colons, dashes and the ends of lines."""
    marks = [at for at, byte in enumerate(data) if byte in b"\"':-\n"]
    at = random.choice(marks) + random.choice((0, 1)) if marks else 0
    return data[:at] + random.choice(SPECIAL) + data[at + random.choice((0, 0, 1)) :]


def _quotes(random: Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    lines[at] = lines[at].replace(b'"', random.choice((b"'", b"", b'""')), random.choice((1, 2, -1)))
    return b"\n".join(lines)


def _truncated(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)] + random.choice((b"", b"\n---\n", b"\n"))


def _long_key(random: Random, data: bytes) -> bytes:
    key = random.choice((b"k", b'"k"', b"'k'", b"a b"))
    key = key.replace(b"k", b"k" * random.choice((60, 64, 65, 1020, 1023, 1024, 1025, 2000)))
    lines = data.split(b"\n")
    lines.insert(random.randrange(len(lines)), random.choice((b"", b"  ", b"  - ")) + key + b": value")
    return b"\n".join(lines)


def _rewritten(change: Callable[[Random, list[bytes], int], None]) -> Mutation:
    """A mutation that changes one line, or what stands beside it, in place."""

    def mutation(random: Random, data: bytes) -> bytes:
        lines = data.split(b"\n")
        change(random, lines, random.randrange(len(lines)))
        return b"\n".join(lines)

    return mutation


def _copy(random: Random, lines: list[bytes], at: int) -> None:
    lines.insert(random.randrange(len(lines) + 1), lines[at])


def _swap(random: Random, lines: list[bytes], at: int) -> None:
    other = random.choice((max(at - 1, 0), random.randrange(len(lines))))
    lines[at], lines[other] = lines[other], lines[at]


def _shift(random: Random, lines: list[bytes], at: int) -> None:
    margin = random.choice((b" ", b"  ", b"    ", b"\t"))
    removed = lines[at].removeprefix(random.choice((b" ", b"  ", b"    ")))
    lines[at] = random.choice((margin + lines[at], removed))


def _shift_several(random: Random, lines: list[bytes], at: int) -> None:
    deeper = random.choice((True, False))
    for line in range(at, min(at + random.randrange(2, 8), len(lines))):
        lines[line] = b"  " + lines[line] if deeper else lines[line].removeprefix(b"  ")


def _join(random: Random, lines: list[bytes], at: int) -> None:
    if at + 1 < len(lines):
        lines[at : at + 2] = [lines[at] + random.choice((b"", b" ")) + lines[at + 1].strip()]


def _break(random: Random, lines: list[bytes], at: int) -> None:
    """A scalar that goes on in the next line, at any margin."""
    column = random.randrange(len(lines[at]) + 1)
    margin = b" " * random.choice((0, 0, 1, 2, 4, 6))
    lines[at : at + 1] = [lines[at][:column], margin + lines[at][column:]]


def _same_key(random: Random, lines: list[bytes], at: int) -> None:
    """Its own key once more, or that of another line."""
    margin = lines[at][: len(lines[at]) - len(lines[at].lstrip(b" -"))]
    key = random.choice((lines[at], random.choice(lines))).strip(b" -").partition(b":")[0]
    lines.insert(at + random.choice((0, 1)), margin.replace(b"-", b" ") + key + random.choice((b": x", b":")))


def _delete(_random: Random, lines: list[bytes], at: int) -> None:
    del lines[at]


def _insert(random: Random, lines: list[bytes], at: int) -> None:
    lines.insert(at, random.choice(LINES))


def _value(random: Random, lines: list[bytes], at: int) -> None:
    key, colon, value = lines[at].partition(b": ")
    quote = random.choice((b'"', b"'", b""))
    at_random = random.choice((0, len(value), random.randrange(len(value) + 1)))
    changed = value.strip(b'"')[:at_random] + random.choice(SPECIAL) + value.strip(b'"')[at_random:]
    lines[at] = (
        key
        + colon
        + random.choice((b"", b" "))
        + quote
        + changed
        + quote
        + random.choice((b"", b"", b" ", b" # c"))
    )


def _other_value(random: Random, lines: list[bytes], at: int) -> None:
    before, mark, _ = lines[at].partition(random.choice((b": ", b"- ", b":")))
    lines[at] = before + mark + random.choice(VALUES)


MUTATIONS: list[Mutation] = [
    *(_byte, _byte, _cut, _beside_a_mark, _beside_a_mark, _quotes, _truncated, _long_key),
    *map(_rewritten, (_copy, _swap, _shift, _shift, _shift_several, _join, _break, _break)),
    *map(
        _rewritten,
        (
            _same_key,
            _same_key,
            _delete,
            _insert,
            _insert,
            _value,
            _value,
            _other_value,
            _other_value,
            _other_value,
        ),
    ),
]


def shortened(data: bytes, items: int = 2) -> bytes:
    """The same file with only the first of its related articles: as telling, and sooner parsed."""
    start, found, rest = data.partition(b"\nrelated:\n")
    if not found:
        return data
    related, secured, end = rest.partition(b"\nsecured:")
    kept = b"\n  - title:".join(related.split(b"\n  - title:")[:items])
    return start + found + kept.rstrip(b"\n") + b"\n" + secured + end


def mutant(random: Random, data: bytes) -> bytes:
    """The file, with one to four mutations."""
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        data = random.choice(MUTATIONS)(random, data)
    return data


def violation(data: bytes, skipped: frozenset[str] = frozenset()) -> str | None:
    """How `plain.split` breaks its law with these bytes: what it gives, the full parse gives too."""
    proven = plain.split(data)
    if proven is None:
        return None
    try:
        full = front_matter.split(data)
    except front_matter.FrontMatterError as error:
        return f"refused by the full parse: {error}"
    if full is None or full.removed:
        return "no front matter, or no clean one, to the full parse"
    if proven.body != full.body:
        return "another body"
    for keys in (frozenset[str](), skipped):
        expected = {key: value for key, value in full.document.value.items() if key not in keys}
        if repr(proven.value(keys)) != repr(expected):  # which tells the order of keys too
            return f"another value without {sorted(keys)}: {proven.value(keys)!r}, not {expected!r}"
    return None
