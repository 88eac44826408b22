"""The last look: a feed with any of these faults is held back, the others go out, and the next run heals."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import NOON, NOW, article, composed, config, standing_entry, standing_feed, write_article
from builders import feed as feed_of

from feeds.articles.contents import Contents
from feeds.articles.secured import values
from feeds.config import Config
from feeds.formats.table import FEED_FORMATS, FeedFormat
from feeds.library.ledger import Standing
from feeds.publishing import plan
from feeds.publishing.drafts import Draft
from feeds.publishing.gate import Gate
from feeds.publishing.output import Document
from feeds.publishing.publish import publish, rehearse
from feeds.syndication.feed import Feed

NOTHING = Standing({}, {})
SETTINGS = config()
SECRET = "c2VjdXJlZCB0ZXh0IHRoYXQgbm9ib2R5IG1heSBzZWU="
Damage = Callable[[bytes], bytes]


def _draft(size: int = 3) -> tuple[Draft, list[Document]]:
    """A feed and its files, as a run makes them."""
    articles = [
        article(
            path=f"seeds/{number}.md",
            published_at=NOON - timedelta(hours=number),
            excerpt=f"Words of {number} <&> others",
            images=[{"url": f"https://i.example/{number}.png", "width": 10, "height": 10}],
            provider={"name": "By Us", "domain": "us.example"},
            related=[{"title": "Elsewhere", "webUrl": "https://else.example/"}],
        )
        for number in range(size)
    ]
    entries = [composed(one, SETTINGS) for one in articles]
    feed = feed_of(*entries, updated=NOON)
    documents = [Document(f"{feed.slug}/{form.file}", form.render(feed)) for form in FEED_FORMATS]
    known = tuple(standing_entry(one, SETTINGS) for one in articles)
    return Draft(replace(feed, entries=()), feed.slug, known, b""), documents


def _fault(file: str, damage: Damage, **secured: tuple[str, ...]) -> str:
    draft, documents = _draft()
    damaged = [replace(one, data=damage(one.data)) if one.path.endswith(file) else one for one in documents]
    gate = Gate(NOTHING, secured)
    out = gate.passes(draft, lambda: damaged)
    if out:
        return ""
    (held,) = gate.held_back.values()
    return str(held)


def _swap(old: str, new: str, times: int = -1) -> Damage:
    def damage(data: bytes) -> bytes:
        assert old.encode() in data, data.decode()
        return data.replace(old.encode(), new.encode(), times)

    return damage


def _json(change: Callable[[dict[str, list[dict[str, str]]]], object]) -> Damage:
    def damage(data: bytes) -> bytes:
        feed = json.loads(data)
        change(feed)
        return json.dumps(feed).encode()

    return damage


def test_a_feed_as_it_should_be_passes() -> None:
    draft, documents = _draft()
    gate = Gate(NOTHING, {draft.entries[0].id: (SECRET,)})
    assert gate.passes(draft, lambda: documents) == documents
    assert gate.held_back == {}


ID = "tag:feeds.example,2026:"
LINK = "https://articles.example/"


@pytest.mark.parametrize(
    ("file", "damage", "line"),
    [
        ("rss.xml", lambda data: data[:-20], "well-formed XML"),
        ("atom.xml", lambda data: data[:-20], "well-formed XML"),
        ("feed.json", lambda data: data[:-20], "expected JSON"),
        ("rss.xml", lambda _: b"", "well-formed XML"),
        ("feed.json", lambda _: b"null", "every element that a feed must have"),
        ("rss.xml", _swap("<rss", "<!DOCTYPE rss [<!ENTITY a 'b'>]><rss"), "no document type, found one"),
        ("rss.xml", _swap(f"{ID}1", f"{ID}0"), f"each id once, found {ID}0 again"),
        ("atom.xml", _swap(f"{ID}1", f"{ID}0"), f"each id once, found {ID}0 again"),
        ("feed.json", _swap(f"{ID}1", f"{ID}0"), f"each id once, found {ID}0 again"),
        ("rss.xml", _swap(f"{ID}1", f"{ID}9"), f"only entries that were selected, found {ID}9"),
        (
            "feed.json",
            _json(lambda feed: feed["items"].pop(1)),
            f"all entries in their order, found {ID}1 missing",
        ),
        ("feed.json", _json(lambda feed: feed["items"].reverse()), "in their order, found another order"),
        (
            "atom.xml",
            _swap(f'<link href="{LINK}1"', f'<link href="{LINK}8"'),
            f"the link {LINK}1 of {ID}1, found {LINK}8",
        ),
        ("rss.xml", _swap(f"<link>{LINK}1", "<link>/1"), f"the link {LINK}1 of {ID}1, found /1"),
        (
            "atom.xml",
            _swap("<published>2026-11-14T12:00:00+00:00", "<published>2026-11-14T12:00:00"),
            "with a time zone",
        ),
        (
            "feed.json",
            _swap('published": "2026-11-14T12', 'published": "2026-11-14T13'),
            "the date of each article",
        ),
        ("rss.xml", _swap("Sat, 14 Nov 2026 11:00:00 +0000", "soon"), "every element"),
        ("atom.xml", _swap("<updated>", "<updated>x"), "every element that a feed must have"),
        (
            "rss.xml",
            _swap("ai/rss.xml", "all/rss.xml"),
            "the self link https://feeds.example/ai/rss.xml, found https://feeds.example/all/",
        ),
        (
            "atom.xml",
            _swap('rel="self"', 'rel="via"'),
            "the self link https://feeds.example/ai/atom.xml, found none",
        ),
        ("feed.json", _swap("ai/feed.json", "feed.json"), "the self link"),
        (
            "atom.xml",
            _swap(
                "2026-11-14T12:00:00+00:00</updated>\n  <author>",
                "2026-11-13T12:00:00+00:00</updated>\n  <author>",
            ),
            "the feed's date",
        ),
        (
            "rss.xml",
            _swap('url="https://i.example/1.png"', 'url="1.png"'),
            "absolute http(s) addresses, found 1.png",
        ),
        ("atom.xml", _swap("https://else.example/", "javascript:1"), "absolute"),
        (
            "feed.json",
            _swap('"image": "https:', '"image": "data:'),
            "absolute http(s) addresses, found data:",
        ),
        (
            "feed.json",
            _swap('<img src=\\"https://i.example', '<img src=\\"/i.example'),
            "absolute addresses in content, found /i.example",
        ),
        (
            "rss.xml",
            _swap('&lt;a href="https://articles', '&lt;a href="ftp://articles'),
            "absolute addresses in content",
        ),
        ("atom.xml", _swap("Words of 0", SECRET), f"no value of a 'secured' key, found one in {ID}0"),
        ("rss.xml", _swap("Words of 0", SECRET), "no value of a 'secured' key"),
        ("feed.json", _swap("Words of 0", SECRET), "no value of a 'secured' key"),
    ],
)
def test_what_the_gate_sees(file: str, damage: Damage, line: str) -> None:
    fault = _fault(file, damage, **{f"{ID}0": (SECRET,)})
    assert fault.startswith(f"ai/{file}: expected ")
    assert line in fault
    assert fault.endswith("; it does not come out")


def test_text_that_looks_like_markup_is_text() -> None:
    excerpt = 'write href="relative" and <a href="x"> with alt="src="'
    one = article(excerpt=excerpt, images=[{"url": "https://i.example/a.png", "title": 'a href="'}])
    feed = feed_of(composed(one, SETTINGS), updated=NOON)
    documents = [Document(f"ai/{form.file}", form.render(feed)) for form in FEED_FORMATS]
    gate = Gate(NOTHING, {})
    assert gate.passes(Draft(feed, "ai", (standing_entry(one, SETTINGS),), b""), lambda: documents)


def test_the_date_of_a_feed_does_not_fall() -> None:
    draft, documents = _draft()
    stands = standing_feed("ai", "AI", updated_at=int(NOW.timestamp()))
    gate = Gate(Standing({"ai": stands.feed}, {}), {})
    assert gate.passes(draft, lambda: documents) == []
    assert str(gate.held_back["ai"]).endswith("; it stays as it was")


def test_a_look_at_fifty_entries_takes_milliseconds() -> None:
    draft, documents = _draft(50)
    gate = Gate(NOTHING, {one.id: (SECRET,) for one in draft.entries})
    took = []
    for _ in range(5):
        started = time.process_time()
        assert gate.passes(draft, lambda: documents)
        took.append(time.process_time() - started)
    assert min(took) < 0.05  # about 0.005; machines differ


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"---\ntitle: A\nsecured: {SECRET}\n---\n", (SECRET,)),
        (f'---\ntitle: A\nsecured: "{SECRET}"\n---\n', (SECRET,)),
        (f"---\nprovider: {{name: B, secured: [{{key: {SECRET}}}]}}\n---\n", (SECRET,)),
        (f"---\nsecured: {SECRET * 3}\n---\n", ((SECRET * 3)[:80],)),
        (f"---\ntitle: {SECRET}\nsecured: {SECRET}\n---\n", ()),  # it stands openly, too
        (f"---\nsecured: {SECRET}\n---\nAs it says: {SECRET}.\n", ()),
        ("---\nsecured: too short to tell\n---\n", ()),
        ("---\nsecured: [\n---\n", ()),
        ("no front matter is secured", ()),
        (f"---\nsecured: {SECRET}\nsecured: b\n---\n", ()),  # refused, and so never shown
    ],
)
def test_secured_values_are_known_without_being_read_into_an_article(
    text: str, found: tuple[str, ...]
) -> None:
    assert values(Contents(text.encode())) == found


# A whole run. A renderer that fails for one feed stands in for the mistake that we do not know of.


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    for name, topics in (("one", ["AI"]), ("two", ["Space"])):
        write_article(tmp_path / "articles" / f"{name}.md", topics=topics)
    return config(sources=[tmp_path / "articles"], output=tmp_path / "output", state=tmp_path / "state")


def _break(monkeypatch: pytest.MonkeyPatch, slugs: tuple[str, ...], damage: Damage) -> None:
    def broken(form: FeedFormat) -> FeedFormat:
        def render(feed: Feed, entries: Iterable[bytes]) -> bytes:
            data = form.render_feed(feed, entries)
            return damage(data) if feed.slug in slugs and form.file == "atom.xml" else data

        return replace(form, render_feed=render)

    monkeypatch.setattr(plan, "FEED_FORMATS", tuple(map(broken, FEED_FORMATS)))


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def _fail(_data: bytes) -> bytes:
    raise ValueError("All strings must be XML compatible")


@pytest.mark.parametrize("damage", [lambda data: data[:-9], _fail], ids=["ill-formed", "not rendered"])
def test_a_feed_that_fails_stays_and_the_others_go_out_and_the_next_run_heals(
    settings: Config, monkeypatch: pytest.MonkeyPatch, damage: Damage
) -> None:
    publish(settings, NOW)
    before = _tree(settings.output)
    for name in ("one", "two"):
        write_article(
            settings.sources[0] / f"{name}.md", topics=["AI" if name == "one" else "Space"], title="New"
        )
    with monkeypatch.context() as broken:
        _break(broken, ("ai",), damage)
        report = publish(settings, NOW)
        assert [held.slug for held in report.held_back] == ["ai"]
        assert report.left is None
        held = _tree(settings.output)
        assert {path for path in held if held[path] != before[path]} == set(report.written)
        assert {path.partition("/")[0] for path in report.written if "/" in path} == {"all", "space"}
        assert not any(feed.changed for feed in report.feeds if feed.slug == "ai")
        assert [one.slug for one in publish(settings, NOW).held_back] == ["ai"]  # it is tried again
    report = publish(settings, NOW)
    assert report.held_back == ()
    assert {path.partition("/")[0] for path in report.written if "/" in path} == {"ai"}
    assert b"New" in (settings.output / "ai" / "atom.xml").read_bytes()


def test_a_new_feed_that_fails_is_listed_nowhere_until_it_comes_out(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        _break(broken, ("ai",), lambda data: data[:-9])
        report = publish(settings, NOW)
        assert next(str(held) for held in report.held_back).endswith("it does not come out")
        assert not (settings.output / "ai").exists()
        assert b"ai/" not in (settings.output / "feeds.opml").read_bytes()
    publish(settings, NOW)
    assert b"ai/rss.xml" in (settings.output / "feeds.opml").read_bytes()


def test_a_first_run_of_which_every_feed_fails_writes_nothing(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        _break(broken, ("all", "ai", "space"), lambda data: data[:-9])
        report = publish(settings, NOW)
    assert (len(report.held_back), report.written, _tree(settings.output)) == (3, (), {})
    assert publish(settings, NOW).held_back == ()


def test_a_secret_is_still_known_in_the_run_after(settings: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry that never came out is composed again: the ledger does not know what its file keeps back."""
    write_article(settings.sources[0] / "three.md", topics=["Robots"], excerpt="Open words", secured=SECRET)
    with monkeypatch.context() as broken:
        _break(broken, ("all", "robots"), _swap("Open words", SECRET))
        for _ in range(2):
            report = publish(settings, NOW)
            assert [held.expected for held in report.held_back] == ["no value of a 'secured' key"] * 2
            assert not any(SECRET.encode() in data for data in _tree(settings.output).values())
    assert publish(settings, NOW).held_back == ()


def test_a_rehearsal_tells_what_would_be_held_back(settings: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    _break(monkeypatch, ("ai",), lambda data: data[:-9])
    assert [held.slug for held in rehearse(settings, NOW).held_back] == ["ai"]
    assert not settings.output.exists()
