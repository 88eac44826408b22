"""Article files become Articles, or a Rejected that says why not; no bytes do anything else."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.articles import article as model
from feeds.articles import loader, secured
from feeds.articles.aliases import Reading
from feeds.articles.article import Article
from feeds.articles.contents import FEW, Contents
from feeds.articles.loader import MAX_FILE, Read, Unpublished, fetch
from feeds.articles.problem import Mended, Rejected
from feeds.articles.source import SourceFile, find
from feeds.library import database, index
from feeds.text import FORBIDDEN

ROOT = Path(__file__).parents[2]
SITES = ROOT / "tests" / "sites"
READING = Reading("https://site.example/")
LEAST = "title: T\ndate: 2026-01-01\nurl: /x"


def given_file(path: str, folder: str, size: int) -> SourceFile:
    return SourceFile(path, folder, 0, size, 0)


def read(data: str | bytes, path: str = "a.md", folder: str = "", *, unpublished_too: bool = False) -> Read:
    raw = data.encode() if isinstance(data, str) else data
    file = given_file(path, folder, len(raw))
    return loader.read(Contents(raw), file, READING, unpublished_too=unpublished_too)


def article(yaml: str, path: str = "a.md", folder: str = "") -> Article:
    found = read(f"---\n{yaml}\n---\n", path, folder)
    assert isinstance(found.outcome, Article), str(found.outcome)
    assert found.mended == ()
    return found.outcome


def rejection(data: str | bytes, path: str = "a.md", *, unpublished_too: bool = False) -> str:
    found = read(data, path, unpublished_too=unpublished_too)
    assert isinstance(found.outcome, Rejected), repr(found.outcome)
    assert found.mended == ()
    return str(found.outcome)


def test_an_article_has_its_path_its_slug_and_its_body() -> None:
    found = read(f"---\n{LEAST}\n---\n\n A *b*.\n\n", "posts/hello.md")
    assert isinstance(found.outcome, Article)
    assert found.outcome.model_dump(exclude_defaults=True) == {
        "path": "posts/hello.md",
        "slug": "hello",
        "title": "T",
        "published_at": datetime(2026, 1, 1, tzinfo=UTC),
        "link": "https://site.example/x",
        "body": "A *b*.",
    }


@pytest.mark.parametrize(("path", "is_html"), [("a.html", True), ("a.md", False), ("a.txt", False)])
def test_a_body_is_html_in_html_files(path: str, is_html: bool) -> None:  # noqa: FBT001 - a column of the table
    assert article(LEAST, path).body_is_html is is_html


@pytest.mark.parametrize(
    "data",
    [
        f"\ufeff---\n{LEAST}\n---\n",
        f"---\n{LEAST}\n---\n".replace("\n", "\r\n"),
        f"---\n{LEAST}\n---\n".replace("\n", "\r"),
        f"--- \t\n{LEAST}\n---  \n",
        f"---\n{LEAST}\n...\n",
        f"---\n{LEAST}\n---",
    ],
    ids=["byte order mark", "CRLF", "CR", "blanks behind the dashes", "dots", "no last line break"],
)
def test_an_article_is_the_same_however_its_lines_are_written(data: str) -> None:
    assert read(data).outcome == article(LEAST)


@pytest.mark.parametrize(
    "data", ["", "text", "# Title\n\ntext", "\n---\ntitle: T\n---\n", b"\x00\xff", b"\xff\xfe-"]
)
def test_a_file_without_front_matter_is_ignored(data: str | bytes) -> None:
    assert read(data) == Read(given_file("a.md", "", len(data)), None)


TOML = "expected YAML front matter between --- lines, found TOML front matter (+++)"
CLOSING = "a closing --- line after the front matter"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        pytest.param(
            b"---\ntitle: caf\xe9\n---\n", "a.md:2: expected UTF-8, found the byte 0xE9", id="Latin-1"
        ),
        pytest.param(
            b"---\na: b\n---\n\nx\xff", "a.md:5: expected UTF-8, found the byte 0xFF", id="Latin-1 body"
        ),
        pytest.param("---\ntitle: T\n", f"a.md:1: expected {CLOSING}, found none", id="no closing"),
        pytest.param(
            "----\ntitle: T\n", "a.md:1: expected --- alone on the first line, found '----'", id="----"
        ),
        pytest.param(
            "+++\n",
            f"a.md:1: {TOML}",
            id="+++",
        ),
        pytest.param(
            "---\na: [b\n---\n", "a.md:3: expected ',' or ']', found something else", id="YAML error"
        ),
        pytest.param(
            "---\na: b: c\n---\n",
            "a.md:2: expected YAML, found mapping values are not allowed in this context",
            id="two colons",
        ),
        pytest.param("---\na: &x b\nc: *x\n---\n", "a.md:2: expected no anchors, found &x", id="anchor"),
        pytest.param("---\na: *x\n---\n", "a.md:2: expected no aliases, found *x", id="alias"),
        pytest.param(
            "---\na: b\n<<: {c: d}\n---\n", "a.md:3: expected no merge keys, found <<", id="merge key"
        ),
        pytest.param(
            "---\na: !!int 3\n---\n", "a.md:2: expected no tags, found tag:yaml.org,2002:int", id="tag"
        ),
        pytest.param(
            f"---\n{LEAST}\ntitle: U\n---\n",
            "a.md:5: expected each key once, found 'title' a second time",
            id="key twice",
        ),
        pytest.param(
            f"---\n{LEAST}\nx: {{y: 1,\n  y: 2}}\n---\n",
            "a.md:6: expected each key once, found 'y' a second time",
            id="key twice, deep",
        ),
        pytest.param(
            "---\na: " + "[" * 51 + "]" * 51 + "\n---\n",
            "a.md:2: expected at most 50 levels, found deeper nesting",
            id="depth",
        ),
        pytest.param(
            "---\na: " + "[" * 25_000 + "\n---\n",
            "a.md:2: expected at most 50 levels, found deeper nesting",
            id="25,000 brackets",
        ),
        pytest.param(
            "---\n- a\n---\n", "a.md:2: expected a mapping of keys to values, found a list", id="list"
        ),
        pytest.param(
            "---\n" + "# x\n" * 262_145 + "---\n",
            "a.md:1: expected front matter of at most 1 MB, found 1048580 bytes",
            id="over 1 MB",
        ),
        pytest.param("---\n---\n", "a.md: expected a title, found nothing", id="empty"),
    ],
)
def test_front_matter_that_cannot_be_read_is_rejected_with_its_line(data: str | bytes, line: str) -> None:
    assert rejection(data) == line


LINK = "a link (webUrl, or the pattern site.links in the config)"
NO_DATE = "expected a date such as 2026-11-22T18:00:00Z, found"
NO_URL = "expected an http or https address as url, found"
NO_WEB = "expected an http or https address, found"


@pytest.mark.parametrize(
    ("yaml", "line"),
    [
        # missing
        ("date: 2026-01-01\nurl: /x", "a.md: expected a title, found nothing"),
        ("title:\ndate: 2026-01-01\nurl: /x", "a.md: expected a title, found nothing"),
        ("title: ' '\ndate: 2026-01-01\nurl: /x", "a.md: expected a title, found nothing"),
        ("title: T\nurl: /x", "a.md: expected a date (publishedDateTime), found nothing"),
        ("title: T\ndate: ~\nurl: /x", "a.md: expected a date (publishedDateTime), found nothing"),
        ("title: T\ndate: 2026-01-01", f"a.md: expected {LINK}, found nothing"),
        ("title: T\ndate: 2026-01-01\npermalink: /:year/", f"a.md: expected {LINK}, found nothing"),
        ("x: y", "a.md: expected a title, found nothing"),
        # of the wrong type
        ("title: [T]\ndate: 2026-01-01\nurl: /x", "a.md:2: title: expected text, found a list"),
        ("title: {T: U}\ndate: 2026-01-01\nurl: /x", "a.md:2: title: expected text, found a mapping"),
        ('title: "\\x01"\ndate: 2026-01-01\nurl: /x', r"a.md:2: title: expected text, found '\x01'"),
        (f"{LEAST}\nexcerpt: [E]", "a.md:5: excerpt: expected text, found a list"),
        (f"{LEAST}\ndescription: {{a: b}}", "a.md:5: description: expected text, found a mapping"),
        (f"{LEAST}\nquality: high", "a.md:5: quality: expected a number, found 'high'"),
        (f"{LEAST}\nheat: [1]", "a.md:5: heat: expected a number, found a list"),
        (f"{LEAST}\npublished: maybe", "a.md:5: published: expected true or false, found 'maybe'"),
        (f"{LEAST}\npublished: [yes]", "a.md:5: published: expected true or false, found a list"),
        (f"{LEAST}\nremoved: 1", "a.md:5: removed: expected true or false, found '1'"),
        (f"{LEAST}\ndeleted: x", "a.md:5: deleted: expected true or false, found 'x'"),
        (f"{LEAST}\ndraft: ''", "a.md:5: draft: expected true or false, found ''"),
        (f"{LEAST}\ntopics: {{a: b}}", "a.md:5: topics: expected a list of topics, found a mapping"),
        (f"{LEAST}\ntags:\n  - a\n  - [b]", "a.md:5: tags: expected topics of plain text, found a list"),
        (
            f"{LEAST}\ntopics: [{','.join(map(str, range(51)))}]",
            "a.md:5: topics: expected at most 50 topics, found 51",
        ),
        (
            f"{LEAST}\ntags: {'t' * 201}",
            f"a.md:5: tags: expected topics of at most 200 characters, found '{'t' * 59}…'",
        ),
        (f"{LEAST}\nprovider: [x]", "a.md:5: provider: expected a mapping of keys to values, found a list"),
        (f"{LEAST}\nprovider:\n  name: [x]", "a.md:6: provider.name: expected text, found a list"),
        (f"{LEAST}\nprovider:\n  logo: x", "a.md:5: provider.name: expected a value, found nothing"),
        (f"{LEAST}\nauthor: {{mail: x}}", "a.md:5: author.name: expected a value, found nothing"),
        # dates
        ("title: T\ndate: 2024-02-30\nurl: /x", f"a.md:3: date: {NO_DATE} '2024-02-30'"),
        ("title: T\npublishedDateTime: soon\nurl: /x", f"a.md:3: publishedDateTime: {NO_DATE} 'soon'"),
        ("title: T\ndate: [2026-01-01]\nurl: /x", f"a.md:3: date: {NO_DATE} a list"),
        (
            "title: T\npubDate: 1989-12-31\nurl: /x",
            "a.md:3: pubDate: expected a date from 1990 on, found '1989-12-31'",
        ),
        (
            "title: T\ndate: 9999-12-31T23:00:00-05:00\nurl: /x",
            f"a.md:3: date: {NO_DATE} '9999-12-31T23:00:00-05:00'",
        ),
        (f"{LEAST}\nupdated: 2026-02-30", f"a.md:5: updated: {NO_DATE} '2026-02-30'"),
        (
            f"{LEAST}\nlastmod: 1970-01-01",
            "a.md:5: lastmod: expected a date from 1990 on, found '1970-01-01'",
        ),
        # links
        ("title: T\ndate: 2026-01-01\nwebUrl: javascript:x", f"a.md:4: webUrl: {NO_WEB} 'javascript:x'"),
        (
            "title: T\ndate: 2026-01-01\nwebUrl: javascript:x\nurl: /x",
            f"a.md:4: webUrl: {NO_WEB} 'javascript:x'",
        ),
        ("title: T\ndate: 2026-01-01\nurl: [/x]", f"a.md:4: url: {NO_WEB} a list"),
        (
            "title: T\ndate: 2026-01-01\nurl: http://u:p@x/",
            "a.md:4: url: expected an address without credentials, found 'http://u:p@x/'",
        ),
        # the first of several
        ("quality: high\nurl: javascript:x\ndate: x", "a.md: expected a title, found nothing"),
        (f"quality: high\n{LEAST}\npublished: x", "a.md:6: published: expected true or false, found 'x'"),
    ],
)
def test_an_article_that_is_not_valid_is_rejected_with_line_field_and_reason(yaml: str, line: str) -> None:
    assert rejection(f"---\n{yaml}\n---\n") == line


def test_a_line_counts_from_the_top_of_the_file_however_it_breaks() -> None:
    data = f"\ufeff---\r\n\r\n# comment\r\n{LEAST}\r\n\r\nquality:\r\n  high\r\n---\r\n"
    assert rejection(data) == "a.md:8: quality: expected a number, found 'high'"


def test_an_impossible_date_in_the_name_of_the_file_is_told_as_that() -> None:
    assert rejection("---\ntitle: T\nurl: /x\n---\n", "2026-02-30-x.md") == (
        f"2026-02-30-x.md: the date in its name: {NO_DATE} '2026-02-30'"
    )


def test_a_rejection_is_one_line_however_long_what_it_found() -> None:
    line = rejection("---\ntitle: T\ndate: |\n" + "  a\n" * 99_999 + "url: /x\n---\n")
    assert line == f"a.md:3: date: {NO_DATE} {('a' + chr(10)) * 29 + 'a…'!r}"


@pytest.mark.parametrize(
    ("yaml", "lines"),
    [
        (
            'excerpt: "a\\x01b"',
            ["a.md:5: excerpt: expected text without control characters, found some, now removed"],
        ),
        ("excerpt: a\x01b\x7f", ["a.md: expected text without control characters, found 2, now removed"]),
        ("images: ['/a.png', 'javascript:x']", [f"a.md:5: images: {NO_URL} 'javascript:x'"]),
        ("image: data:image/png;x", [f"a.md:5: image: {NO_URL} 'data:image/png;x'"]),
        ("cover: {alt: x}", ["a.md:5: cover: expected a value as url, found nothing"]),
        ("images: [[3]]", ["a.md:5: images: expected a mapping of keys to values, found a list"]),
        ("images:\n- url: [x]", [f"a.md:5: images: {NO_URL} a list"]),
        (
            "images:\n- url: /x\n- url: /y\n  width: 3px",
            ["a.md:5: images: expected a number as width, found '3px'"],
        ),
        (
            "image:\n  url: /x\n  height: -1",
            ["a.md:5: image: expected a size of 0 or more as height, found '-1'"],
        ),
        ("related: x", ["a.md:5: related: expected a list, found 'x'"]),
        (
            "related:\n- x\n- title: A",
            [
                "a.md:5: related: expected a mapping of keys to values, found 'x'",
                "a.md:5: related: expected a value as webUrl, found nothing",
            ],
        ),
        (
            "related: [{title: A, webUrl: 'javascript:x'}]",
            ["a.md:5: related: expected an http or https address as webUrl, found 'javascript:x'"],
        ),
    ],
)
def test_small_things_are_mended_and_told_and_the_article_stands(yaml: str, lines: list[str]) -> None:
    found = read(f"---\n{LEAST}\n{yaml}\n---\n")
    assert isinstance(found.outcome, Article)
    assert list(map(str, found.mended)) == lines


def test_mended_text_has_nothing_forbidden_left() -> None:
    found = read(f'---\n{LEAST}\nexcerpt: "a\\x01\\uFFFEb\x02"\ntopics: ["x\\x03"]\n---\nbo\x00dy\ufeff')
    assert isinstance(found.outcome, Article)
    assert (found.outcome.excerpt, found.outcome.topics, found.outcome.body) == ("ab", ("x",), "body")


def test_what_is_mended_is_dropped_and_the_rest_stays() -> None:
    found = read(
        f"---\n{LEAST}\nimages: ['/a.png', 'javascript:x', b.png]\nrelated: [x, {{title: R, url: /r}}]\n---\n"
    )
    assert isinstance(found.outcome, Article)
    assert [image.url for image in found.outcome.images if image] == [
        "https://site.example/a.png",
        "https://site.example/b.png",
    ]
    assert [related.link for related in found.outcome.related if related] == ["https://site.example/r"]


def test_topics_are_text_whatever_yaml_thinks() -> None:
    found = article(f"{LEAST}\ntopics: [NO, 010, 2024, 1.0, null, ~, true, 2026-01-01, '']")
    assert found.topics == ("NO", "010", "2024", "1.0", "true", "2026-01-01")


@pytest.mark.parametrize("flag", ["published: false", "draft: true", "removed: yes", "deleted: on"])
def test_what_an_author_holds_back_is_counted_and_not_validated(flag: str) -> None:
    assert read(f"---\n{flag}\ndate: never\n---\n").outcome == Unpublished("a.md")


def test_what_lies_in_a_folder_of_drafts_is_held_back() -> None:
    assert read(f"---\n{LEAST}\n---\n", "_drafts/a.md", "_drafts").outcome == Unpublished("_drafts/a.md")


@pytest.mark.parametrize("flag", ["published: false", "draft: true", "removed: yes", "deleted: on"])
def test_what_an_author_holds_back_is_validated_when_asked(flag: str) -> None:
    line = "a.md:3: date: expected a date such as 2026-11-22T18:00:00Z, found 'never'"
    assert rejection(f"---\ntitle: T\ndate: never\n{flag}\n---\n", unpublished_too=True) == line
    good = read(f"---\n{LEAST}\nimage: data:x\n{flag}\n---\n", unpublished_too=True)
    assert good.outcome == Unpublished("a.md")
    assert [note.field for note in good.mended] == ["image"]


@pytest.mark.parametrize(
    "data", ["---\na: [\n---\n", "---\npublished: maybe\n---\n", "+++\ndraft = true\n+++\n"]
)
def test_what_cannot_be_read_is_rejected_whether_held_back_or_not(data: str) -> None:
    assert rejection(data) == rejection(data, unpublished_too=True)


def test_an_article_of_the_far_future_is_an_article() -> None:
    assert article("title: T\ndate: 9999-12-31\nurl: /x").published_at == datetime(9999, 12, 31, tzinfo=UTC)


def test_ten_thousand_broken_parts_take_no_time() -> None:
    start = perf_counter()
    found = read(f"---\n{LEAST}\nrelated: [{'x,' * 10_000}]\nimages: [{'javascript:x,' * 10_000}]\n---\n")
    assert len(found.mended) == 2 * (500 + 1)
    assert perf_counter() - start < 5


def test_combining_marks_take_no_time() -> None:
    marks = "\u0301\u0316" * 200_000  # which Unicode's normal forms sort
    start = perf_counter()
    rejection(f"---\n{LEAST}\ntopics: ['a{marks}']\n---\n")
    assert perf_counter() - start < 2


# Files


@dataclass(frozen=True, slots=True)
class Loaded:
    """What files turned out to be, in their order."""

    articles: list[Article]
    rejected: list[Rejected]
    mended: list[Mended]
    unpublished: list[str]
    ignored: list[str]


def load(files: list[SourceFile], reading: Reading = READING) -> Loaded:
    loaded = Loaded([], [], [], [], [])
    for file in files:
        data = fetch(file)
        found = Read(file, data) if isinstance(data, Rejected) else loader.read(Contents(data), file, reading)
        loaded.mended.extend(found.mended)
        match found.outcome:
            case Article():
                loaded.articles.append(found.outcome)
            case Rejected():
                loaded.rejected.append(found.outcome)
            case Unpublished():
                loaded.unpublished.append(found.outcome.path)
            case None:
                loaded.ignored.append(file.path)
    return loaded


def on_disk(path: Path) -> SourceFile:
    return given_file(str(path), "", path.stat().st_size)


def test_a_file_of_four_megabytes_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    head = f"---\n{LEAST}\n---\n".encode()
    path.write_bytes(head + b"x" * (MAX_FILE - len(head)))
    data = fetch(on_disk(path))
    assert isinstance(data, bytes)
    assert isinstance(loader.read(Contents(data), on_disk(path), READING).outcome, Article)
    path.write_bytes(b"x" * (MAX_FILE + 1))
    assert str(fetch(on_disk(path))) == f"{path}: expected a file of at most 4 MB, found 4194305 bytes"


def test_a_file_that_grew_over_four_megabytes_since_it_was_listed_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"x" * (MAX_FILE + 1))
    assert str(fetch(given_file(str(path), "", 3))) == f"{path}: expected a file of at most 4 MB, found more"


def test_a_file_over_four_megabytes_is_not_even_opened(tmp_path: Path) -> None:
    missing = given_file(str(tmp_path / "a.md"), "", MAX_FILE + 1)
    assert "expected a file of at most 4 MB" in str(fetch(missing))


def test_a_file_that_is_gone_or_no_file_is_rejected(tmp_path: Path) -> None:
    gone = tmp_path / "a.md"
    assert fetch(given_file(str(gone), "", 0)) == Rejected(
        str(gone), None, "", "a readable file", "No such file or directory"
    )
    assert fetch(given_file(str(tmp_path), "", 0)) == Rejected(
        str(tmp_path), None, "", "a readable file", "something else"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_without_permission_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.touch(mode=0)
    assert str(fetch(on_disk(path))) == f"{path}: expected a readable file, found Permission denied"


def test_one_file_harms_no_other_and_each_is_counted_once(tmp_path: Path) -> None:
    for name, text in {
        "a.md": f"---\n{LEAST}\n---\n",
        "b.md": "---\n[",
        "c.md": "---\ndraft: true\n---\n",
        "d.md": "no front matter",
        "e.md": f"---\n{LEAST}\nexcerpt: a\x01b\n---\n",
        "f.txt": "---\ntitle: [\n---\n",
    }.items():
        (tmp_path / name).write_text(text)
    found = find([tmp_path])
    assert found.unreadable == ()
    loaded = load(found.files)
    assert [Path(one.path).name for one in loaded.articles] == ["a.md", "e.md"]
    assert [Path(one.path).name for one in loaded.rejected] == ["b.md", "f.txt"]
    assert [Path(one.path).name for one in loaded.mended] == ["e.md"]
    assert [Path(one).name for one in loaded.unpublished] == ["c.md"]
    assert [Path(one).name for one in loaded.ignored] == ["d.md"]
    ticks: list[tuple[int, int]] = []
    library = database.connect(None)
    changes = index.update(library, found, READING, 0, lambda done, total: ticks.append((done, total)))
    assert (changes.opened, changes.parsed, changes.deleted) == (6, 6, 0)
    assert ticks == [(done, 6) for done in range(1, 7)]
    assert index.counts(library) == {"article": 2, "rejected": 2, "unpublished": 1, "ignored": 1}
    assert index.rejected(library) == loaded.rejected
    assert index.mended(library) == loaded.mended
    library.close()


# Sites of other generators


def load_site(name: str, site_url: str, links: str | None, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    monkeypatch.chdir(SITES)
    found = find([Path(name)])
    assert found.unreadable == ()
    return load(found.files, Reading(site_url, links))


def essence(loaded: Loaded) -> list[tuple[str, str, str, tuple[str, ...], list[str]]]:
    return [
        (
            found.path.partition("/")[2],
            found.link,
            f"{found.published_at:%Y-%m-%d %H:%M}",
            found.topics,
            [image.url for image in found.images if image],
        )
        for found in loaded.articles
    ]


def test_a_jekyll_site(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_site("jekyll", "https://blog.example.com/", "/{year}/{month}/{day}/{slug}/", monkeypatch)
    blog = "https://blog.example.com"
    assert essence(loaded) == [
        (
            "_posts/2026-03-01-hello-feeds.md",
            f"{blog}/2026/03/01/hello-feeds/",
            "2026-03-01 08:00",
            ("feeds", "open web"),
            [f"{blog}/assets/hello.png"],
        ),
        (
            "_posts/2026-03-08-dated-by-its-name.md",
            f"{blog}/2026/03/08/dated-by-its-name/",
            "2026-03-08 00:00",
            ("feeds",),
            [],
        ),
        (
            "_posts/2026-03-15-three-words-three-tags.md",
            f"{blog}/2026/03/15/three-words-three-tags/",
            "2026-03-15 00:00",
            ("open", "web", "feeds"),
            [],
        ),
        (
            "_posts/2026-03-22-an-address-of-its-own.md",
            f"{blog}/custom/address/",
            "2026-03-22 18:30",
            ("harbour",),
            [],
        ),
        (
            "_posts/2026-03-29-filed-under-boats.md",
            f"{blog}/2026/03/29/filed-under-boats/",
            "2026-03-29 07:15",
            ("boats", "repairs"),
            [],
        ),
    ]
    assert [one.provider.name if one.provider else "" for one in loaded.articles] == [
        "Ines Halvorsen",
        "Ines Halvorsen",
        "Tomas Birk",
        "",
        "",
    ]
    assert loaded.unpublished == ["jekyll/_posts/2026-04-05-not-yet.md"]
    assert (loaded.rejected, loaded.mended, loaded.ignored) == ([], [], [])


def test_a_hugo_site(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_site("hugo", "https://hugo.example.org/", "/{folder}/{slug}/", monkeypatch)
    posts = "https://hugo.example.org/content/posts"
    assert essence(loaded) == [
        (
            "content/posts/bundle/index.md",
            f"{posts}/bundle/",
            "2026-02-20 07:30",
            ("shelves",),
            [f"{posts}/bundle/shelf.jpg"],
        ),
        ("content/posts/first.md", f"{posts}/first/", "2026-02-03 09:00", ("glaze", "open web"), []),
        ("content/posts/old-name.md", f"{posts}/renamed/", "2026-03-02 09:00", ("clay",), []),
    ]
    assert [one.slug for one in loaded.articles] == ["bundle", "first", "old-name"]
    assert [one.updated_at for one in loaded.articles] == [
        None,
        datetime(2026, 2, 10, 17, 45, tzinfo=UTC),
        None,
    ]
    assert list(map(str, loaded.rejected)) == [f"hugo/content/posts/toml.md:1: {TOML}"]
    assert loaded.unpublished == ["hugo/content/posts/unfinished.md"]
    assert (loaded.mended, loaded.ignored) == ([], [])


def test_an_eleventy_site(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_site("eleventy", "https://garden.example.net/", None, monkeypatch)
    notes = "https://garden.example.net/notes"
    assert essence(loaded) == [
        ("posts/one.md", f"{notes}/one/", "2026-04-05 00:00", ("post", "web"), []),
        ("posts/three.html", f"{notes}/three/", "2026-04-19 00:00", ("post", "shed"), []),
        ("posts/two.md", f"{notes}/two/", "2026-04-12 00:00", ("post",), []),
    ]
    assert [one.body_is_html for one in loaded.articles] == [False, True, False]
    assert loaded.ignored == ["eleventy/README.md"]
    assert (loaded.rejected, loaded.mended, loaded.unpublished) == ([], [], [])


def test_the_pattern_of_dates_gives_every_site_without_addresses_its_links(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = load_site("hugo", "https://hugo.example.org/blog/", "/{year}/{month}/{day}/{slug}/", monkeypatch)
    assert [one.link for one in loaded.articles] == [
        "https://hugo.example.org/2026/02/20/bundle/",
        "https://hugo.example.org/2026/02/03/first/",
        "https://hugo.example.org/2026/03/02/renamed/",
    ]


def test_without_a_pattern_a_site_without_addresses_is_told_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_site("hugo", "https://hugo.example.org/", None, monkeypatch)
    assert loaded.articles == []
    assert str(loaded.rejected[0]) == f"hugo/content/posts/bundle/index.md: expected {LINK}, found nothing"


def test_every_seed_is_an_article_or_held_back_without_complaint() -> None:
    loaded = load(find([ROOT / "seeds"]).files)
    assert len(loaded.articles) >= 30
    assert [str(one) for one in (*loaded.rejected, *loaded.mended)] == []


# Any bytes


SEEDS = [path.read_bytes() for path in sorted((ROOT / "seeds").rglob("*.md"))]
SITE_FILES = [path.read_bytes() for path in sorted(SITES.rglob("*.md"))]
HOSTILE = (
    b"",
    b"---",
    b"\n---\n",
    b"...",
    b"+++",
    b"\r",
    b"\r\n",
    b"\n",
    b"\t",
    b"  ",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"\xed\xa0\x80",
    b"\xef\xbf\xbe",
    b'"',
    b"'",
    b": ",
    b"- ",
    b"? ",
    b"[",
    b"]",
    b"{",
    b"}",
    b"&a ",
    b"*a",
    b"!!int ",
    b"<<: ",
    b"|\n",
    b">-\n",
    b"# ",
    b"%YAML 1.2\n",
    b"@",
    b"`",
    b"~",
    b"null",
    b"NO",
    b"2024-02-30",
    b"0001-01-01",
    b"9999-12-31T23:59:59-12:00",
    b"1e999",
    b"-1",
    b"javascript:x",
    b"http://[::1",
    b"//",
    b"http://\xc3\xa9\xcc\x81/",
    b"&#0;",
    b"&amp;lt;",
    b'"\\x00\\uFFFE\\U0010FFFF"',
    b'"\\ud800"',
    b"[" * 60,
    b"draft: maybe\n",
    b"title:\n",
    b"topics: {a: b}\n",
)


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A good file with pieces of it cut, doubled, moved or replaced by something hostile."""
    data = draw(st.sampled_from(SEEDS + SITE_FILES))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, min(len(data), 1500)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        data = data[:start] + draw(st.sampled_from((*HOSTILE, data[start:end] * 2))) + data[end:]
    return data


@st.composite
def plausible(draw: st.DrawFn) -> bytes:
    """Front matter of keys that we know, with any values."""
    scalar = st.one_of(
        st.text(max_size=20).map(repr),
        st.sampled_from(HOSTILE).map(lambda piece: piece.decode("utf-8", "replace")),
        st.sampled_from(
            ("2026-01-01", "/x", "T", "5", "true", "[a, b]", "{url: /x, title: T}", "[{url: /x, title: T}]")
        ),
    )
    keys = st.sampled_from(
        (
            "title",
            "date",
            "url",
            "webUrl",
            "excerpt",
            "published",
            "draft",
            "quality",
            "heat",
            "topics",
            "tags",
            "images",
            "image",
            "related",
            "provider",
            "author",
            "id",
            "slug",
            "type",
            "language",
            "updated",
            "featuredContent",
        )
    )
    pairs = draw(st.lists(st.tuples(keys, scalar), max_size=8, unique_by=lambda pair: pair[0]))
    start = draw(st.sampled_from((LEAST + "\n", LEAST + "\n", "")))
    lines = "".join(f"{key}: {value}\n" for key, value in pairs if f"{key}: " not in start)
    return f"---\n{start}{lines}---\n".encode("utf-8", "replace")


PICTURES = st.fixed_dictionaries(
    {
        "url": st.sampled_from(
            ("a.png", "/a.png", "https://x.example/a.png", "https://x.example/ä.png", "//", "")
        )
    },
    optional={"width": st.sampled_from(("1", "-1", "x"))},
)
PROVIDERS = st.sampled_from(("A", "", "A\x01B", ["A"])) | st.fixed_dictionaries(
    {"name": st.sampled_from(("A", "A &amp; B", "A\x01B", "", None))},
    optional={"domain": st.sampled_from(("a.example", "")), "images": st.lists(PICTURES, max_size=2)},
)


@given(PROVIDERS, st.lists(st.sampled_from(("https://a.example/1", "https://b.example/2/3")), min_size=2))
def test_a_provider_reads_the_same_whether_it_was_read_before_or_not(
    provider: object, links: list[str]
) -> None:
    lines = [f"provider: {json.dumps(provider, ensure_ascii=False)}", "title: T", "date: 2026-01-01"]
    files = ["\n".join(["---", *lines, f"url: {link}", "---", ""]) for link in links]
    model.KNOWN_PROVIDERS.clear()
    known = [read(file) for file in files]
    for file, before in zip(files, known, strict=True):
        model.KNOWN_PROVIDERS.clear()
        assert read(file) == before


TEXT = st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
BYTES = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda text: b"---\n" + text, TEXT),
    st.builds(lambda text, body: b"---\n" + text + b"\n---\n" + body, TEXT | st.binary(max_size=200), TEXT),
    mutations(),
    plausible(),
)
PATTERNS = st.sampled_from((None, "/{year}/{month}/{day}/{slug}/", "/{folder}/{slug}/", "{stem}"))
PLACES = st.sampled_from(
    (("a.md", ""), ("x/2026-03-08-é b.md", ""), ("x/_drafts/2026-02-30-c.html", "_drafts"), ("index.md", ""))
)


def texts(value: object) -> Iterator[str]:
    """Every text in an article, but for its path and slug, which are the file's name."""
    match value:
        case str():
            yield value
        case dict():
            for key, part in value.items():
                if key not in ("path", "slug"):
                    yield from texts(part)
        case tuple():
            for part in value:
                yield from texts(part)


@settings(deadline=None, max_examples=1000)
@given(BYTES, PLACES, PATTERNS, st.booleans())
def test_any_bytes_are_a_clean_article_or_a_clear_refusal(
    data: bytes,
    place: tuple[str, str],
    pattern: str | None,
    unpublished_too: bool,  # noqa: FBT001 - drawn
) -> None:
    path, folder = place
    file, reading = given_file(path, folder, len(data)), Reading("https://site.example/", pattern)
    start = perf_counter()
    found = loader.read(Contents(data), file, reading, unpublished_too=unpublished_too)
    assert perf_counter() - start < 2
    outcome = found.outcome
    for problem in (*found.mended, *([outcome] if isinstance(outcome, Rejected) else [])):
        line = str(problem)
        assert line.startswith(path)
        assert line.isprintable(), ascii(line)
        assert (
            problem.line is None
            or 1
            <= problem.line
            <= len(data.splitlines()) + data.count(b"\xc2\x85") + data.count(b"\xe2\x80") + 1
        )
    match outcome:
        case Article():
            assert_clean(outcome)
        case Rejected():
            assert found.mended == ()
        case Unpublished():
            assert outcome.path == path
        case None:
            assert not data.removeprefix(b"\xef\xbb\xbf").startswith((b"---", b"+++"))


@settings(deadline=None, max_examples=1000)
@given(BYTES, PLACES, PATTERNS)
def test_what_selection_reads_of_a_file_agrees_with_the_whole(
    data: bytes, place: tuple[str, str], pattern: str | None
) -> None:
    file, reading = given_file(*place, len(data)), Reading("https://site.example/", pattern)
    whole = loader.read(Contents(data), file, reading)
    part = loader.read(Contents(data), file, reading, whole=False)
    assert part.by_site == whole.by_site
    assert set(part.mended) <= set(whole.mended)
    if isinstance(whole.outcome, Article) and isinstance(part.outcome, Article):
        left_out = {"body", "images", "related", "frame"}
        assert part.outcome.model_dump(exclude=left_out) == whole.outcome.model_dump(exclude=left_out)
    else:
        assert part.outcome == whole.outcome


def assert_clean(article: Article) -> None:
    assert article.title
    assert article.link.startswith(("http://", "https://"))
    assert article.link.isascii()
    assert article.slug
    for date in filter(None, (article.published_at, article.updated_at)):
        assert date.tzinfo is UTC
        assert date >= datetime(1990, 1, 1, tzinfo=UTC)
    for text in texts(article.model_dump()):
        assert not FORBIDDEN.search(text), ascii(text)
    for line in (article.title, article.excerpt, article.type, article.language, *article.topics):
        assert line == " ".join(line.split())
    assert len(article.topics) <= 50
    for image in article.images:
        assert image
        assert image.url.startswith(("http://", "https://"))
        assert image.url.isascii()
        assert min(image.width, image.height, image.length) >= 0


@settings(deadline=None)
@given(st.sampled_from(SEEDS), st.sampled_from((b"\r\n", b"\r")), st.booleans())
def test_line_breaks_and_a_byte_order_mark_change_nothing_of_a_good_article(
    data: bytes,
    line_break: bytes,
    mark: bool,  # noqa: FBT001 - drawn
) -> None:
    other = (b"\xef\xbb\xbf" if mark else b"") + data.replace(b"\n", line_break)
    one, two = read(data).outcome, read(other).outcome
    if isinstance(one, Article) and isinstance(two, Article):
        assert one.model_dump(exclude={"body"}) == two.model_dump(exclude={"body"})
        assert one.body.splitlines() == two.body.splitlines()
    else:
        assert one == two


@settings(deadline=None, max_examples=1000)
@given(BYTES, PLACES, PATTERNS, st.booleans())
def test_the_first_files_of_a_run_which_none_proves_read_as_all_others(
    data: bytes,
    place: tuple[str, str],
    pattern: str | None,
    unpublished_too: bool,  # noqa: FBT001 - drawn
) -> None:
    file, reading = given_file(*place, len(data)), Reading("https://site.example/", pattern)
    first, later = Contents(data, count=0), Contents(data, count=FEW)
    assert first.plain is None
    assert loader.read(first, file, reading, unpublished_too=unpublished_too) == loader.read(
        later, file, reading, unpublished_too=unpublished_too
    )
    assert secured.values(first) == secured.values(later)
