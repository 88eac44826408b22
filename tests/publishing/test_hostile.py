# ruff: noqa: E501 - what is expected of a table is one line, as it is in the output
"""Files that mean harm, or look as if they did: one clear line each, and nothing else changes."""

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conformance import conformance

from feeds.cli.main import main

ROOT = Path(__file__).parent.parent.parent
EPOCH = "1795305600"  # 2026-11-22T00:00:00Z
SECONDS = 5  # of one file; a busy machine gets three times as much before a test fails
MEBIBYTES = 512
LEAST = "title: T\npublishedDateTime: 2026-11-01T10:00:00Z\nwebUrl: https://example.com/x\ntopics: [AI]\n"
GOOD = LEAST.replace("/x", "/good").replace("title: T", "title: Good")
MEGABYTE = 1024 * 1024


def _matter(text: str, least: str = LEAST) -> bytes:
    return f"---\n{least}{text}\n---\n".encode()


def _instead(key: str, value: str) -> bytes:
    """An article with another value of one of the keys that it must have."""
    lines = [f"{key}: {value}" if line.startswith(f"{key}:") else line for line in LEAST.splitlines()]
    return _matter("", "\n".join(lines))


def _body(text: str) -> bytes:
    return _matter("excerpt: An excerpt") + text.encode()


FRONT_MATTER: dict[str, tuple[bytes, str]] = {
    # name of the case: the file, and what is said of it behind its path
    "nested brackets": (_matter("x: " + "[" * 25_000), ":6: expected at most 50 levels, found deeper nesting"),
    "nested mappings": (_matter("x: " + "{a: " * 25_000), ":6: expected at most 50 levels, found deeper nesting"),
    "nested dashes": (_matter("x:\n" + "- " * 25_000), ":7: expected at most 50 levels, found deeper nesting"),
    "merge keys": (_matter("a: &a {b: c}\nd: {<<: *a}"), ":6: expected no anchors, found &a"),
    "merge keys without anchor": (_matter("d: {<<: {}}"), ":6: expected no merge keys, found <<"),
    "aliases": (_matter("d: [*a, *a]"), ":6: expected no aliases, found *a"),
    "billion laughs": (
        _matter("a: &a [x]\n" + "".join(f"{b}: &{b} [*{a},*{a}]\n" for a, b in zip("abcdef", "bcdefg", strict=True))),
        ":6: expected no anchors, found &a",
    ),
    "a tag": (_matter("x: !!python/object/apply:os.system [id]"), ":6: expected no tags, found tag:yaml.org,2002:python/object/apply:os.system"),
    "duplicate keys": (_matter("title: Again"), ":6: expected each key once, found 'title' a second time"),
    "many keys": (_matter("x: [" + "a," * 300_000 + "]"), ":6: expected at most 250,000 keys and values, found more"),
    "a megabyte of front matter": (_matter("x: " + "a" * MEGABYTE), f":1: expected front matter of at most 1 MB, found {len(LEAST) + 3 + MEGABYTE + 1} bytes"),
    "a title of a megabyte": (_instead("title", "a" * MEGABYTE), f":1: expected front matter of at most 1 MB, found {len(LEAST) - 1 + MEGABYTE} bytes"),
    "a title of half a megabyte": (_instead("title", "a" * (MEGABYTE // 2)), ":2: title: expected text of at most 1,000 characters, found 524,288"),
    "a hundred thousand topics": (_instead("topics", f"[{','.join(f't{n}' for n in range(100_000))}]"), ":5: topics: expected at most 50 topics, found 100000"),
    "fifty-one topics": (_instead("topics", f"[{','.join(f't{n}' for n in range(51))}]"), ":5: topics: expected at most 50 topics, found 51"),
    "a topic of 300 characters": (_instead("topics", f"[{'a' * 300}]"), f":5: topics: expected topics of at most 200 characters, found '{'a' * 59}…'"),
    "an impossible date": (_instead("publishedDateTime", "2026-02-30"), ":3: publishedDateTime: expected a date such as 2026-11-22T18:00:00Z, found '2026-02-30'"),
    "the year 1": (_instead("publishedDateTime", "0001-01-01T00:00:00+23:59"), ":3: publishedDateTime: expected a date such as 2026-11-22T18:00:00Z, found '0001-01-01T00:00:00+23:59'"),
    "the year 1 in UTC": (_instead("publishedDateTime", "0001-01-01"), ":3: publishedDateTime: expected a date from 1990 on, found '0001-01-01'"),
    "beyond the year 9999": (_instead("publishedDateTime", "9999-12-31T23:59:59-01:00"), ":3: publishedDateTime: expected a date such as 2026-11-22T18:00:00Z, found '9999-12-31T23:59:59-01:00'"),
    "a huge integer as a date": (_instead("publishedDateTime", "9" * 5000), f":3: publishedDateTime: expected a date such as 2026-11-22T18:00:00Z, found '{'9' * 59}…'"),
    "quality of billions": (_matter("quality: 9000000000"), ":6: quality: expected a number, found '9000000000'"),
    "quality of many digits": (_matter("quality: " + "9" * 5000), f":6: quality: expected a number, found '{'9' * 59}…'"),
    "quality not a number": (_matter("quality: .nan"), ":6: quality: expected a number, found '.nan'"),
    "quality NaN": (_matter("quality: NaN"), ":6: quality: expected a number, found 'NaN'"),
    "quality without end": (_matter("quality: -.inf"), ":6: quality: expected a number, found '-.inf'"),
    "quality with exponent": (_matter("quality: 1e999"), ":6: quality: expected a number, found '1e999'"),
    "a script's address": (_instead("webUrl", "javascript:alert(1)"), ":4: webUrl: expected an http or https address, found 'javascript:alert(1)'"),
    "a script's address in disguise": (_instead("webUrl", '"java\\tscript:alert(1)"'), ":4: webUrl: expected an http or https address, found 'java\\tscript:alert(1)'"),
    "an address that holds its data": (_instead("webUrl", "data:text/html,<script>"), ":4: webUrl: expected an http or https address, found 'data:text/html,<script>'"),
    "an address of a file": (_instead("webUrl", "file:///etc/passwd"), ":4: webUrl: expected an http or https address, found 'file:///etc/passwd'"),
    "credentials": (_instead("webUrl", "https://user:secret@example.com/"), ":4: webUrl: expected an address without credentials, found 'https://user:secret@example.com/'"),
    "a long address": (_instead("webUrl", "https://example.com/" + "a" * 5000), f":4: webUrl: expected an address of at most 4096 characters, found 'https://example.com/{'a' * 39}…'"),
    "a lone surrogate, escaped": (_instead("title", '"a\\ud800b"'), ":2: expected YAML, found invalid Unicode character escape code"),
    "a lone surrogate, in bytes": (_matter("x: y").replace(b"title: T", b"title: \xed\xa0\x80"), ":2: expected UTF-8, found the byte 0xED"),
    "UTF-16": (_matter("x: y").decode().encode("utf-16"), ""),
    "nothing but NUL": (b"\0" * 100_000, ""),
    "TOML": (b"+++\ntitle = 'T'\n+++\n", ":1: expected YAML front matter between --- lines, found TOML front matter (+++)"),
    "no end": (b"---\n" + b"a: b\n" * 200_000, ":1: expected a closing --- line after the front matter, found none"),
    "half an article": (_matter("x: y")[:-4], ":1: expected a closing --- line after the front matter, found none"),
    "a list": (b"---\n- a\n---\n", ":2: expected a mapping of keys to values, found a list"),
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with one good article, and one that stands in the way of nobody."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "good.md").write_bytes(_matter("", GOOD))
    return tmp_path


Told = Callable[[str, bytes], list[str]]


@pytest.fixture
def told(site: Path, capsys: pytest.CaptureFixture[str]) -> Told:
    """Publish with one more file: what is said of it; and the rest went out, whole and valid, in time."""

    def told(name: str, data: bytes) -> list[str]:
        (site / "seeds" / name).write_bytes(data)
        began = time.process_time()
        status = main(["publish", "--verbose"])
        took = time.process_time() - began
        assert took < 3 * SECONDS
        printed = capsys.readouterr()
        assert status == 0, printed.err
        _valid(site / "output")
        assert b"/good" in (site / "output" / "ai" / "rss.xml").read_bytes()
        return printed.err.splitlines()

    return told


def _valid(output: Path) -> None:
    for folder in conformance.folders(output):
        rss, atom, feed = ((folder / name).read_bytes() for name in ("rss.xml", "atom.xml", "feed.json"))
        problems = [
            *conformance.rss_problems(rss),
            *conformance.atom_grammar_problems(atom),
            *conformance.atom_rule_problems(atom),
            *conformance.json_feed_problems(feed),
        ]
        assert problems == []
    assert list(conformance.opml_problems(output)) == []


@pytest.mark.parametrize("case", FRONT_MATTER)
def test_front_matter_that_means_harm_is_one_line(told: Told, case: str) -> None:
    data, line = FRONT_MATTER[case]
    assert told("x.md", data) == ([f"rejected: seeds/x.md{line}"] if line else [])


def test_an_article_that_is_far_off_waits(told: Told, site: Path) -> None:
    assert told("x.md", _instead("publishedDateTime", "9999-12-31T23:59:59Z")) == []
    assert b"example.com/x" not in (site / "output" / "ai" / "rss.xml").read_bytes()


TOO_DEEP = "seeds/x.md: expected HTML of at most 200 levels in the body, found more, now left out"
REOPENED = (
    "seeds/x.md: expected HTML whose formatting is closed in the body, found much that is not, now left out"
)
BODIES: dict[str, tuple[str, list[str]]] = {
    "nested elements": ("<div>" * 15_000, [TOO_DEEP]),
    "nested lists": ("<ul><li>" * 12_000, [TOO_DEEP]),
    "formatting that is opened again": (
        "<p>" + "".join(f"<b title={n}>" for n in range(199)) + "<p>x" * 10_000,
        [REOPENED],
    ),
    "too long": (
        "word " * 40_000,
        [
            "seeds/x.md: expected a body of at most 100,000 characters of Markdown, found 200,000, now left out"
        ],
    ),
    "long address, often": ("[a]: https://example.com/" + "x" * 4000 + "\n\n" + "[a] " * 20_000, []),
    "long title, often": ('[a]: /b "' + "x" * 40_000 + '"\n\n' + "[a] " * 14_000, []),
    "brackets": ("[" * 100_000, []),
    "pictures": ("![" * 50_000, []),
    "a table": ("a|b\n-|-\n" + "a|b\n" * 24_900, []),
    "quotes": ("> " * 50_000, []),
    "entities": ("&#0;&#xD800;&#x110000;&nbsp;" * 3000, []),
    "end of CDATA": ("]]>" * 1000 + "<![CDATA[x]]>", []),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_means_harm_costs_no_more_than_itself(told: Told, site: Path, case: str) -> None:
    body, lines = BODIES[case]
    assert told("x.md", _body(body)) == [f"mended: {line}" for line in lines]
    (entry,) = (one for one in _items(site) if one["url"].endswith("/x"))
    assert len(entry["content_html"]) < 4_000_000
    if lines:
        assert "<p>An excerpt</p>" in entry["content_html"]


def _items(site: Path) -> list[dict[str, str]]:
    items: list[dict[str, str]] = json.loads((site / "output" / "all" / "feed.json").read_bytes())["items"]
    return items


MARKUP = "<script>alert(1)</script><b onclick=alert(2)>]]>&amp;&lt;i&gt;</b>"


def test_markup_in_every_text_is_text(told: Told, site: Path) -> None:
    data = _matter(
        f"excerpt: '{MARKUP}'\ntype: '{MARKUP}'\nlanguage: '{MARKUP}'\n"
        f"provider: {{name: '{MARKUP}', domain: '{MARKUP}'}}\n"
        f"images: [{{url: 'https://example.com/a.png?{MARKUP}', title: '{MARKUP}'}}]\n"
        f"related: [{{title: '{MARKUP}', webUrl: https://example.com/r, provider: '{MARKUP}'}}]",
        f"title: '{MARKUP}'\npublishedDateTime: 2026-11-02\nwebUrl: https://example.com/x\ntopics: ['{MARKUP}']\n",
    )
    lines = told("x.md", data + MARKUP.encode())
    assert [line.partition(": expected")[0] for line in lines] == ["mended: seeds/x.md:8: language"]
    read_as = "<script>alert(1)</script><b onclick=alert(2)>]]>&<i></b>"
    (entry,) = (one for one in _items(site) if one["url"].endswith("/x"))
    assert (entry["title"], entry["summary"]) == (read_as, read_as)
    for path in (site / "output").rglob("*.*ml"):
        assert b"<script>" not in path.read_bytes()
    assert "<script" not in entry["content_html"]
    assert "<b onclick" not in entry["content_html"]


def test_addresses_that_are_none_are_left_out_wherever_they_stand(told: Told, site: Path) -> None:
    bad = (
        "javascript:alert(1)",
        "data:text/html,x",
        "https://user:pass@example.com/a.png",
        "ftp://example.com/a.png",
    )
    images = json.dumps([{"url": address} for address in bad])
    related = json.dumps([{"title": "R", "webUrl": address} for address in bad])
    body = "".join(f'<a href="{one}">a</a><img src="{one}">[b]({one})\n' for one in bad)
    lines = told("x.md", _matter(f"images: {images}\nrelated: {related}") + body.encode())
    assert len(lines) == 2 * len(bad)
    assert (
        "mended: seeds/x.md:6: images: expected an http or https address as url, found 'javascript:alert(1)'"
    ) in lines
    for path in (site / "output").rglob("*"):
        if path.is_file():
            assert not any(f'="{one}' in path.read_text() for one in bad)


NAMES = {
    "../../etc": "etc",
    ".": "topic-cdb4ee",
    "..": "topic-9e4e0c",
    "/": "topic-8a5edab",
    "CON": "con",
    "a\0b": "ab",
    "\u202eevil": "evil",
    "zero\u200bwidth": "zerowidth",
    "a" * 200: "a" * 60,
    "index.html": "index-html",
    "feeds.opml": "feeds-opml",
    ".feeds-1.tmp": "dot-feeds-1-tmp",
    "-rf": "rf",
    "%2e%2e%2f": "2e-2e-2f",
    "$(id)": "id",
}


def test_no_name_of_a_topic_leaves_the_output_folder(told: Told, site: Path) -> None:
    outside = {path for path in site.parent.rglob("*") if path != site and site not in path.parents}
    lines = told("x.md", _instead("topics", json.dumps(list(NAMES))))
    assert all(line.startswith(("warning: ", "mended: ")) for line in lines)
    folders = {path.name for path in (site / "output").iterdir() if path.is_dir()}
    assert {"etc", "con", "evil", "a" * 60, "index-html"} <= folders
    assert all(
        name.isascii() and name.replace("-", "").isalnum() and name == name.lower() for name in folders
    )
    assert sorted(path.name for path in site.iterdir()) == [".feeds", "output", "seeds"]
    assert {path for path in site.parent.rglob("*") if path != site and site not in path.parents} == outside


# What is no file at all, or one that no program may read.


def test_a_pipe_a_device_and_loops_of_links_are_passed_over(told: Told, site: Path) -> None:
    seeds = site / "seeds"
    os.mkfifo(seeds / "pipe.md")
    (seeds / "zero.md").symlink_to("/dev/zero")
    (seeds / "loop").symlink_to(".", target_is_directory=True)
    (seeds / "self.md").symlink_to("self.md")
    (seeds / "up").symlink_to("/", target_is_directory=True)
    if os.geteuid() == 0:
        os.mknod(seeds / "device.md", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    assert told("x.md", _matter("")) == []
    assert len(_items(site)) == 2


def test_a_file_that_becomes_a_pipe_or_a_link_while_we_look_does_not_hold_us_up(tmp_path: Path) -> None:
    from feeds.articles.loader import fetch  # noqa: PLC0415
    from feeds.articles.source import SourceFile  # noqa: PLC0415

    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "link.md").symlink_to("/dev/zero")
    found = [str(fetch(SourceFile(f"{tmp_path}/{name}.md", "", 0, 9, 0))) for name in ("pipe", "link")]
    assert found == [
        f"{tmp_path}/pipe.md: expected a readable file, found something else",
        f"{tmp_path}/link.md: expected a readable file, found Too many levels of symbolic links",
    ]


def test_a_gigabyte_is_not_read(told: Told, site: Path) -> None:
    with (site / "seeds" / "huge.md").open("wb") as huge:
        huge.truncate(1 << 30)
    assert told("x.md", _matter("")) == [
        "rejected: seeds/huge.md: expected a file of at most 4 MB, found 1073741824 bytes"
    ]


# As somebody who may not read everything; what Python itself has to read, it reads before.
NOBODY = """
import os, sys
from warm import warm
from feeds.cli.main import main
warm()
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder below which anybody may work; pytest's own are closed to others."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_what_may_not_be_read_is_told_and_is_read_as_soon_as_it_may(open_folder: Path) -> None:
    """A change of permission does not show in a file's date."""
    site = open_folder / "site"
    (site / "seeds" / "closed").mkdir(parents=True)
    (site / "seeds" / "good.md").write_bytes(_matter("", GOOD))
    (site / "seeds" / "x.md").write_bytes(_matter(""))
    (site / "seeds" / "closed" / "y.md").write_bytes(_matter("", LEAST.replace("/x", "/y")))
    for path in (site, *site.rglob("*")):
        os.utime(path, (1_700_000_000, 1_700_000_000))
        if os.geteuid() == 0:
            os.chown(path, 65534, 65534)

    def publish() -> tuple[int, str, str]:
        run = subprocess.run(
            [sys.executable, "-c", NOBODY, "publish"],
            cwd=site,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "SOURCE_DATE_EPOCH": EPOCH},
        )
        return run.returncode, run.stdout.partition("\n")[0], run.stderr

    closed = "rejected: seeds/closed: expected a readable folder, found Permission denied\n"
    unreadable = "rejected: seeds/x.md: expected a readable file, found Permission denied\n"
    assert publish() == (0, "Published 3 entries in 2 feeds to output/", "")
    (site / "seeds" / "x.md").chmod(0)
    (site / "seeds" / "closed").chmod(0)
    os.utime(site / "seeds" / "x.md", (1_700_000_001, 1_700_000_001))
    for _ in range(2):
        assert publish() == (0, "Published 3 entries in 2 feeds to output/", closed + unreadable)
    (site / "seeds" / "x.md").chmod(0o644)
    (site / "seeds" / "closed").chmod(0o755)
    assert publish() == (0, "Published 3 entries in 2 feeds to output/", "")


# Those that take most.
HEAVIEST = {
    "keys and values": FRONT_MATTER["many keys"][0],
    "pictures": _body(BODIES["pictures"][0]),
    "a table": _body(BODIES["a table"][0]),
    "quotation marks": _matter("excerpt: '" + '"' * 900_000 + "'"),
    "four megabytes": _body("x" * (4 * MEGABYTE - 1000)),
}
RUN = """
import resource, sys, time
from feeds.cli.main import main
began = time.process_time()
status = main(["publish", "--quiet"])
print(status, time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.parametrize("case", HEAVIEST)
def test_no_file_takes_more_than_its_share_of_time_and_memory(site: Path, case: str) -> None:
    (site / "seeds" / "x.md").write_bytes(HEAVIEST[case])
    run = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    status, took, peak = run.stdout.split()
    assert status == "0"
    assert float(took) < 3 * SECONDS
    assert int(peak) < MEBIBYTES
    _valid(site / "output")
