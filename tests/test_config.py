"""The config file: its defaults are the contract; what it cannot mean is said with file, line and field."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from feeds.config import DEFAULT_PATH, Config, FeedConfig, load
from feeds.errors import ConfigError
from feeds.schedule import Cron

RULES: dict[str, Any] = {
    "min_quality": None,
    "min_heat": None,
    "max_age": None,
    "limit": None,
    "include": (),
    "exclude": (),
    "providers": (),
    "types": (),
    "languages": (),
}
GUARD = {
    "ids": {"percent": 20, "at_least": 2},
    "dates": {"percent": 20, "at_least": 10},
    "leaving": {"percent": 50, "at_least": 10},
}
DEFAULTS = RULES | {
    "site": {
        "url": "http://127.0.0.1:8000/",
        "id": None,
        "title": "",
        "description": "",
        "language": "en",
        "links": None,
        "image": None,
    },
    "sources": (Path("seeds"),),
    "output": Path("output"),
    "state": Path(".feeds"),
    "min_quality": 50,
    "limit": 50,
    "related": 5,
    "schedule": None,
    "timezone": "UTC",
    "watch": False,
    "hub": None,
    "prune": False,
    "updates": "bump",
    "retractions": {"days": 30},
    "moved": {},
    "guard": GUARD,
    "serve": {"host": "127.0.0.1", "port": 8000},
    "health": {"host": "127.0.0.1", "port": 8001},
    "topic_keys": ("topics", "tags", "categories"),
    "topics": {},
    "feeds": {},
}
FEED_DEFAULTS = RULES | {
    "slug": None,
    "title": None,
    "description": None,
    "language": None,
    "image": None,
    "schedule": None,
}
WEEKDAYS_AT_SEVEN = Cron(
    frozenset({0}),
    frozenset({7}),
    frozenset(range(1, 32)),
    frozenset(range(1, 13)),
    frozenset({1, 2, 3, 4, 5}),
)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str, **overrides: object) -> Config:
    path = Path("feeds.yaml")
    path.write_text(text, encoding="utf-8")
    return load(path, overrides)


def complaint(text: str | bytes, **overrides: object) -> str:
    path = Path("feeds.yaml")
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as caught:
        load(path, overrides)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_defaults_are_the_contract() -> None:
    assert load(None, {}).model_dump() == DEFAULTS


def test_the_default_path_is_read_where_it_exists() -> None:
    assert Path("config/feeds.yaml") == DEFAULT_PATH
    DEFAULT_PATH.parent.mkdir()
    DEFAULT_PATH.write_text("limit: 7")
    assert load(None, {}).limit == 7


def test_a_named_file_must_be_there() -> None:
    with pytest.raises(ConfigError, match=r"^missing\.yaml: the config file cannot be read: No such file"):
        load(Path("missing.yaml"), {})


def test_a_folder_is_no_config_file() -> None:
    with pytest.raises(ConfigError, match=r"^\.: the config file cannot be read: Is a directory$"):
        load(Path(), {})


def test_everything_that_the_contract_names_can_be_set() -> None:
    config = read("""\
site:
  url: https://example.com/feeds
  id: "example.com,2026"
  title: Tom &amp; Jerry
  description: "  two \\n lines "
  language: de
  links: /{year}/{month}/{day}/{slug}/
  image: https://example.com/logo größe.png
sources: [posts, notes]
output: public
state: var/state
min_quality: 60.5
min_heat: 1
max_age: 90d
limit: 20
related: 0
schedule: "0 7 * * mon-fri"
timezone: Europe/Zurich
watch: true
hub: https://hub.example/
prune: yes
updates: keep
retractions: {days: 7}
moved: {old: new}
guard: {ids: {percent: 10}, leaving: {at_least: 5}}
serve: {host: 0.0.0.0, port: 80}
health: {port: 9000}
topic_keys: tags
include: AI
exclude: [Sports, Weather]
providers: [The Lantern]
types: [article]
languages: [en, de]
topics:
  AI: {slug: ai, title: News on AI, description: Machines, schedule: every 30m, min_quality: 80, limit: 5}
  データ: {slug: data, language: ja, image: https://example.com/d.png}
feeds:
  Machines: {include: [AI, Robotics], exclude: Toys, max_age: 2w}
""")
    assert config.model_dump() == DEFAULTS | {
        "site": {
            "url": "https://example.com/feeds/",
            "id": "example.com,2026",
            "title": "Tom & Jerry",
            "description": "two lines",
            "language": "de",
            "links": "/{year}/{month}/{day}/{slug}/",
            "image": "https://example.com/logo%20gr%C3%B6%C3%9Fe.png",
        },
        "sources": (Path("posts"), Path("notes")),
        "output": Path("public"),
        "state": Path("var/state"),
        "min_quality": 60.5,
        "min_heat": 1,
        "max_age": timedelta(days=90),
        "limit": 20,
        "related": 0,
        "schedule": asdict(WEEKDAYS_AT_SEVEN),
        "timezone": "Europe/Zurich",
        "watch": True,
        "hub": "https://hub.example/",
        "prune": True,
        "updates": "keep",
        "retractions": {"days": 7},
        "moved": {"old": "new"},
        "guard": GUARD
        | {
            "ids": {"percent": 10, "at_least": 2},
            "leaving": {"percent": 50, "at_least": 5},
        },
        "serve": {"host": "0.0.0.0", "port": 80},
        "health": {"host": "127.0.0.1", "port": 9000},
        "topic_keys": ("tags",),
        "include": ("AI",),
        "exclude": ("Sports", "Weather"),
        "providers": ("The Lantern",),
        "types": ("article",),
        "languages": ("en", "de"),
        "topics": {
            "AI": FEED_DEFAULTS
            | {
                "slug": "ai",
                "title": "News on AI",
                "description": "Machines",
                "schedule": {"period": timedelta(minutes=30)},
            }
            | {"min_quality": 80, "limit": 5},
            "データ": FEED_DEFAULTS
            | {"slug": "data", "language": "ja", "image": "https://example.com/d.png"},
        },
        "feeds": {
            "Machines": FEED_DEFAULTS
            | {"include": ("AI", "Robotics"), "exclude": ("Toys",), "max_age": timedelta(weeks=2)}
        },
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n",
        "---\n",
        "\ufeff",
        "{}",
        "site:\nsources:\nlimit:\ntopics:\nfeeds:\nguard: ~\nserve:\n",
    ],
)
def test_empty_files_and_empty_sections_are_the_defaults(text: str) -> None:
    assert read(text).model_dump() == DEFAULTS


@pytest.mark.parametrize(
    "text", ["topics: {AI: }", "topics:\n  AI:\n", "topics: {AI: {}}", "topics:\n  AI: ~\n"]
)
def test_a_topic_may_be_named_without_more(text: str) -> None:
    assert read(text).topics == {"AI": FeedConfig()}


def test_a_feed_may_be_named_without_more() -> None:
    assert read("feeds:\n  Best:\n").feeds == {"Best": FeedConfig()}


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_and_any_line_break_are_read(line_break: str) -> None:
    Path("feeds.yaml").write_bytes(f"\ufefflimit: 3{line_break}prune: true{line_break}".encode())
    config = load(Path("feeds.yaml"), {})
    assert (config.limit, config.prune) == (3, True)


def test_options_count_more_than_the_file() -> None:
    config = read("output: public\nlimit: 3", output=Path("elsewhere"), sources=(Path("a"), Path("b")))
    assert (config.output, config.sources, config.limit) == (Path("elsewhere"), (Path("a"), Path("b")), 3)


def test_options_count_without_a_file() -> None:
    assert load(None, {"state": Path("var")}).model_dump() == DEFAULTS | {"state": Path("var")}


def test_topics_are_text_whatever_yaml_thinks() -> None:
    config = read("topics: {NO: , 010: , 1.0: , ~: }\nfeeds: {all of it: {include: [true, 2024]}}")
    assert list(config.topics) == ["NO", "010", "1.0", "~"]
    assert config.feeds["all of it"].include == ("true", "2024")


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90d", timedelta(days=90)),
        ("12h", timedelta(hours=12)),
        ("2w", timedelta(weeks=2)),
        ("30m", timedelta(minutes=30)),
        ("30 min", timedelta(minutes=30)),
        ("1 minute", timedelta(minutes=1)),
        ("36 hours", timedelta(hours=36)),
        ("1 Day", timedelta(days=1)),
        ("3 weeks", timedelta(weeks=3)),
        (" 5D ", timedelta(days=5)),
        ("0d", timedelta()),
        ("36500d", timedelta(days=36_500)),
    ],
)
def test_durations(text: str, duration: timedelta) -> None:
    assert read(f"max_age: '{text}'").max_age == duration


NO_DURATION = "feeds.yaml:1: max_age: expected a duration such as 90d, 12h or 2w"


@pytest.mark.parametrize(
    "text",
    [
        "90",
        "d",
        "-1d",
        "1.5d",
        "1d 2h",
        "P1D",
        "soon",
        "1 month",
        "3 months",
        "1y",
        "90dogs",
        "[1d]",
        "''",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    assert complaint(f"max_age: {text}") == NO_DURATION


@pytest.mark.parametrize("text", ["36501d", "999999w", "999999d"])
def test_a_duration_of_ages_is_refused(text: str) -> None:
    assert complaint(f"max_age: {text}") == "feeds.yaml:1: max_age: expected a duration of at most 100 years"


@pytest.mark.parametrize(
    ("url", "read_as"),
    [
        ("https://example.com", "https://example.com/"),
        ("https://example.com/feeds", "https://example.com/feeds/"),
        ("https://example.com/feeds/", "https://example.com/feeds/"),
        ("' HTTPS://Bücher.example:8443/x y '", "https://xn--bcher-kva.example:8443/x%20y/"),
    ],
)
def test_the_site_url_is_a_folder(url: str, read_as: str) -> None:
    assert read(f"site: {{url: {url}}}").site.url == read_as


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("", "127.0.0.1,2026"),
        ("site: {url: 'https://News.example.com:8443/x/'}", "news.example.com,2026"),
        ("site: {url: 'https://bücher.example/'}", "xn--bcher-kva.example,2026"),
        ("site: {id: 'old.example,2009-05', url: 'https://new.example/'}", "old.example,2009-05"),
    ],
)
def test_the_authority_of_ids(text: str, authority: str) -> None:
    assert read(text).site.authority == authority


@pytest.mark.parametrize(
    "name", ["example.com,2026", "example.com,2026-11", "a.b-c.example,2026-11-22", "me@example.com,2026"]
)
def test_ids_as_rfc_4151_has_them(name: str) -> None:
    assert read(f"site: {{id: '{name}'}}").site.id == name


@pytest.mark.parametrize("slug", ["a", "ai", "c-plus-plus", "2024", "alle", "a" * 60])
def test_slugs(slug: str) -> None:
    assert read(f"topics: {{X: {{slug: '{slug}'}}}}").topics["X"].slug == slug


BAD_SLUG = "expected a slug of a-z, 0-9 and -, at most 60 characters, other than 'all'"


@pytest.mark.parametrize("section", ["topics", "feeds"])
@pytest.mark.parametrize(
    "slug", ["all", "AI", "a_b", "a/b", "..", "-a", "a-", "a--b", "''", "é", "a b", "'a\n\n'", "a" * 61]
)
def test_a_bad_or_reserved_slug_is_refused(section: str, slug: str) -> None:
    assert complaint(f"{section}:\n  X:\n    slug: {slug}\n") == f"feeds.yaml:3: {section}.X.slug: {BAD_SLUG}"


BAD_ID = "expected a domain and a year, such as example.com,2026 (RFC 4151)"
BAD_URL = "expected an http or https address"
BAD_LINKS = "expected a pattern of {year}, {month}, {day}, {slug}, {stem} and {folder}"
NO_INTEGER = "Input should be a valid integer, unable to parse string as an integer"
NO_MAPPING = "expected a mapping of keys to values"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("limit: 1\nlimits: 2", "2: limits: no such key", id="unknown key"),
        pytest.param("Limit: 1", "1: Limit: no such key", id="key in capitals"),
        pytest.param(
            "site:\n  url: http://a.example\n  name: X", "3: site.name: no such key", id="unknown in site"
        ),
        pytest.param(
            "topics:\n  AI:\n    slug: ai\n    min: 5", "4: topics.AI.min: no such key", id="unknown in topic"
        ),
        pytest.param("feeds: {A: {topics: [x]}}", "1: feeds.A.topics: no such key", id="unknown in feed"),
        pytest.param("guard: {flood: 9}", "1: guard.flood: no such key", id="unknown in guard"),
        pytest.param(
            "guard:\n  ids: {percent: 101}",
            "2: guard.ids.percent: Input should be less than or equal to 100",
            id="percent over 100",
        ),
        pytest.param(
            "guard:\n  ids: {at_least: 0}",
            "2: guard.ids.at_least: Input should be greater than or equal to 1",
            id="at least none",
        ),
        pytest.param("serve:\n  tls: yes", "2: serve.tls: no such key", id="unknown in serve"),
        pytest.param(
            "retractions:\n  hours: 1", "2: retractions.hours: no such key", id="unknown in retractions"
        ),
        pytest.param("watch: sometimes", "1: watch: expected true, false or poll", id="watch"),
        pytest.param(
            "timezone: Mars/Base",
            "1: timezone: expected a time zone such as Europe/Zurich (IANA)",
            id="no time zone",
        ),
        pytest.param(
            "topics:\n  AI:\n    schedule: 0 7 1 * mon",
            "3: topics.AI.schedule: expected a day of the month or a weekday, not both: "
            "cron daemons differ in its meaning",
            id="schedule",
        ),
        pytest.param("limit: many", f"1: limit: {NO_INTEGER}", id="no number"),
        pytest.param(
            "topics:\n  AI:\n    limit: many", f"3: topics.AI.limit: {NO_INTEGER}", id="no number, nested"
        ),
        pytest.param("limit: 0", "1: limit: Input should be greater than or equal to 1", id="limit too low"),
        pytest.param(
            "limit: 10001", "1: limit: Input should be less than or equal to 10000", id="limit too high"
        ),
        pytest.param("related: -1", "1: related: Input should be greater than or equal to 0", id="negative"),
        pytest.param(
            "serve: {port: 65536}", "1: serve.port: Input should be less than or equal to 65535", id="port"
        ),
        pytest.param(
            "min_quality: nan", "1: min_quality: Input should be a finite number", id="not a number"
        ),
        pytest.param(
            "feeds: {A: {min_heat: inf}}", "1: feeds.A.min_heat: Input should be a finite number", id="inf"
        ),
        pytest.param(
            "prune: maybe", "1: prune: Input should be a valid boolean, unable to interpret input", id="bool"
        ),
        pytest.param("updates: never", "1: updates: Input should be 'bump' or 'keep'", id="no such choice"),
        pytest.param("output: [a]", "1: output: expected a path", id="list for a path"),
        pytest.param("sources: []", "1: sources: expected at least one", id="no sources"),
        pytest.param("site: x", f"1: site: {NO_MAPPING}", id="text for a mapping"),
        pytest.param("topics: [AI]", f"1: topics: {NO_MAPPING}", id="list for a mapping"),
        pytest.param("topics:\n  AI: news", f"2: topics.AI: {NO_MAPPING}", id="text for a topic"),
        pytest.param("include: {a: b}", "1: include: expected a list", id="mapping for a list"),
        pytest.param("include:\n  - a\n  - [b]", "3: include.1: expected text", id="list in a list"),
        pytest.param("site:\n  title: [x]", "2: site.title: expected text", id="list for text"),
        pytest.param("site:\n  title:", "2: site.title: expected text", id="null for text"),
        pytest.param("topics:\n  ' ':", "2: topics. : expected a name", id="topic without a name"),
        pytest.param("site: {url: 'ftp://a.example'}", f"1: site.url: {BAD_URL}", id="ftp"),
        pytest.param("site: {url: example.com}", f"1: site.url: {BAD_URL}", id="url without scheme"),
        pytest.param("hub: 'javascript:x'", f"1: hub: {BAD_URL}", id="javascript"),
        pytest.param("site: {image: /logo.png}", f"1: site.image: {BAD_URL}", id="relative image"),
        pytest.param(
            "site:\n  url: https://u:p@a.example",
            "2: site.url: expected an address without credentials",
            id="secret",
        ),
        pytest.param(
            "site: {url: 'https://a.example/?b'}",
            "1: site.url: expected an address without query and fragment",
            id="query",
        ),
        pytest.param(
            "site: {url: 'https://a.example/#b'}",
            "1: site.url: expected an address without query and fragment",
            id="fragment",
        ),
        pytest.param("site: {id: example.com}", f"1: site.id: {BAD_ID}", id="id without year"),
        pytest.param("site: {id: 'Example.com,2026'}", f"1: site.id: {BAD_ID}", id="id in capitals"),
        pytest.param("site: {id: 'example.com,26'}", f"1: site.id: {BAD_ID}", id="id with two digits"),
        pytest.param("site: {id: 'tag:example.com,2026:x'}", f"1: site.id: {BAD_ID}", id="whole tag as id"),
        pytest.param("site: {links: '/{yaer}/'}", f"1: site.links: {BAD_LINKS}", id="unknown part of links"),
        pytest.param("site: {links: '/{}/'}", f"1: site.links: {BAD_LINKS}", id="empty part of links"),
        pytest.param("site: {links: '/{slug'}", f"1: site.links: {BAD_LINKS}", id="open brace in links"),
        pytest.param("site: {links: '/{slug.x}'}", f"1: site.links: {BAD_LINKS}", id="attribute in links"),
        pytest.param(
            "topics:\n  AI:\n  Ai:", "3: topics.Ai: names the same as topics.AI", id="topic twice by case"
        ),
        pytest.param(
            "topics:\n  Café:\n  Cafe\u0301:\n",
            "3: topics.Cafe\u0301: names the same as topics.Café",
            id="twice by NFC",
        ),
        pytest.param(
            "topics:\n  R&D:\n  R&amp;D :\n",
            "3: topics.R&amp;D: names the same as topics.R&D",
            id="twice by entity",
        ),
        pytest.param(
            "topics:\n  A: {slug: x}\n  ' A': {}", "3: topics. A: names the same as topics.A", id="by blanks"
        ),
        pytest.param("feeds:\n  A:\n  a:", "3: feeds.a: names the same as feeds.A", id="feed twice by case"),
        pytest.param(
            "topics: {AI: }\nfeeds:\n  ai:", "3: feeds.ai: names the same as topics.AI", id="topic and feed"
        ),
        pytest.param(
            "topics:\n  A: {slug: x}\n  B:\n    slug: x",
            "4: topics.B.slug: wants the same as topics.A.slug",
            id="slug twice",
        ),
        pytest.param(
            "topics: {A: {slug: x}}\nfeeds: {B: {slug: x}}",
            "2: feeds.B.slug: wants the same as topics.A.slug",
            id="slug of topic and feed",
        ),
        pytest.param(
            "output: a\nstate: a/b",
            "2: state: a/b lies in output, which is served; put it elsewhere",
            id="state inside",
        ),
        pytest.param(
            "state: output", "1: state: output lies in output, which is served; put it elsewhere", id="same"
        ),
        pytest.param(
            "state: x/../output/s",
            "1: state: x/../output/s lies in output, which is served; put it elsewhere",
            id="state inside by another way",
        ),
        pytest.param("- a", "1: expected a mapping of keys to values, found a list", id="a list"),
        pytest.param(
            "limit: 1\nlimit: 2", "2: expected each key once, found 'limit' a second time", id="key twice"
        ),
        pytest.param("a: &x 1\nb: *x", "1: expected no anchors, found &x", id="anchor"),
        pytest.param("a: 1\nb: !!str c", "2: expected no tags, found tag:yaml.org,2002:str", id="tag"),
        pytest.param(
            "limit: 5\n---\nlimit: 6", "2: expected one document, found a second one", id="two documents"
        ),
        pytest.param("a: 'b", "1: expected YAML, found unexpected end of stream", id="open quote"),
        pytest.param("a:\n\t- b", "2: expected YAML, found character that cannot start any token", id="tab"),
        pytest.param(
            "ä: 1\nb: \x07", "2: expected text without control characters, found U+0007", id="control"
        ),
    ],
)
def test_what_cannot_be_meant_is_told_with_file_line_and_field(text: str, message: str) -> None:
    assert complaint(text) == f"feeds.yaml:{message}"


def test_what_is_not_utf_8_is_told_with_its_line() -> None:
    assert complaint(b"limit: 5\n# caf\xe9\n") == "feeds.yaml:2: expected UTF-8, found the byte 0xE9"


def test_every_wrong_place_is_told_not_only_the_first() -> None:
    assert sorted(complaint("limit: many\nsite:\n  url: x\nprune: maybe\nfoo: 1").splitlines()) == [
        "feeds.yaml:1: limit: Input should be a valid integer, unable to parse string as an integer",
        "feeds.yaml:3: site.url: expected an http or https address",
        "feeds.yaml:4: prune: Input should be a valid boolean, unable to interpret input",
        "feeds.yaml:5: foo: no such key",
    ]


def test_a_wrong_option_is_told_without_a_line() -> None:
    with pytest.raises(
        ConfigError, match=r"^state: output/x lies in output, which is served; put it elsewhere$"
    ):
        load(None, {"state": Path("output/x")})


def test_state_reached_through_a_symbolic_link_into_output_is_refused() -> None:
    Path("output").mkdir()
    Path("elsewhere").symlink_to("output")
    assert complaint("state: elsewhere/s").endswith(
        "elsewhere/s lies in output, which is served; put it elsewhere"
    )


def test_state_beside_output_is_fine() -> None:
    assert read("output: out\nstate: out-state").state == Path("out-state")


def test_a_config_cannot_be_changed() -> None:
    config = load(None, {})
    with pytest.raises(ValidationError, match="frozen"):
        config.limit = 3  # type: ignore[misc]


def keys_of(model: dict[str, Any]) -> Iterator[str]:
    for key, value in model.items():
        yield key
        if isinstance(value, dict):
            yield from (f"{key}.{inner}" for inner in value)


SCALARS = st.sampled_from(
    (
        "",
        "~",
        "x",
        "1",
        "-1",
        "1e9",
        "[]",
        "[a]",
        "{}",
        "{a: b}",
        "[[x]]",
        "{a: {b: c}}",
        "'\\0'",
        "http://a.b",
    )
)


@given(st.sampled_from(sorted(keys_of(DEFAULTS))), SCALARS)
def test_any_value_of_any_key_is_read_or_refused_at_its_line(key: str, value: str) -> None:
    outer, _, inner = key.partition(".")
    text = f"\n{outer}:\n  {inner}: {value}" if inner else f"\n\n{outer}: {value}"
    Path("feeds.yaml").write_text(text, encoding="utf-8")
    try:
        load(Path("feeds.yaml"), {})
    except ConfigError as error:
        assert all(line.startswith(f"feeds.yaml:3: {key}") for line in str(error).splitlines())  # noqa: PT017
