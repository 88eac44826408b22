"""Front matter of Jekyll, Hugo and Eleventy is read under the names of our schema."""

from time import perf_counter

import pytest

from feeds.articles.aliases import Reading, canonical, is_published
from feeds.articles.source import SourceFile
from feeds.strict_yaml import Value

SITE = "https://site.example/blog/"
DATED = "/{year}/{month}/{day}/{slug}/"


def at(path: str = "a.md", folder: str = "") -> SourceFile:
    return SourceFile(path, folder, 0, 0, 0)


def values(raw: dict[str, Value], file: SourceFile | None = None, **reading: object) -> dict[str, object]:
    """Without what is not there."""
    found = canonical(raw, file or at(), Reading(SITE, **reading)).values  # type: ignore[arg-type]
    return {name: value for name, value in found.items() if value is not None}


def test_the_keys_of_our_schema() -> None:
    raw: dict[str, Value] = {
        "category": "news",
        "title": "T",
        "excerpt": "E",
        "publishedDateTime": "2026-01-08",
        "updatedDateTime": "2026-01-09",
        "originalUrl": "/original",
        "webUrl": "/web",
        "type": "article",
        "quality": "82",
        "heat": "104",
        "published": "true",
        "language": "en",
        "provider": {"name": "P"},
        "topics": ["AI"],
        "images": [{"url": "/i.png", "isCached": "true"}],
        "related": [{"title": "R"}],
        "ampWebUrl": "/amp",
        "secured": "do not tell",
    }
    assert values(raw) == {
        "title": "T",
        "published_at": "2026-01-08",
        "updated_at": "2026-01-09",
        "link": "/web",
        "excerpt": "E",
        "type": "article",
        "language": "en",
        "quality": "82",
        "heat": "104",
        "provider": {"name": "P"},
        "images": [{"url": "/i.png", "isCached": "true"}],
        "related": [{"title": "R"}],
        "topics": ["AI"],
    }


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("published_at", ["publishedDateTime", "date", "publishDate", "pubDate"]),
        ("updated_at", ["updatedDateTime", "updated", "lastmod", "last_modified_at"]),
        ("link", ["webUrl", "originalUrl", "permalink", "url"]),
        ("excerpt", ["excerpt", "description", "summary"]),
        ("language", ["language", "lang", "locale"]),
        ("provider", ["provider", "author"]),
    ],
)
@pytest.mark.parametrize("nothing", [None, "", " \n", [], {}], ids=repr)
def test_the_first_key_with_a_value_counts(name: str, keys: list[str], nothing: Value) -> None:
    for number, key in enumerate(keys):
        raw: dict[str, Value] = {key: nothing if key in keys[:number] else key for key in keys}
        fields = canonical(raw, at(), Reading(SITE))
        assert (fields.values[name], fields.origin[name]) == (key, key)


@pytest.mark.parametrize("key", ["images", "image", "featured_image", "cover"])
@pytest.mark.parametrize(
    ("value", "images"),
    [
        ("/a.png", [{"url": "/a.png"}]),
        (["/a.png", {"url": "/b.png"}], [{"url": "/a.png"}, {"url": "/b.png"}]),
        ({"url": "/a.png", "width": "3"}, [{"url": "/a.png", "width": "3"}]),
        ({"path": "/a.png", "alt": "A"}, [{"url": "/a.png", "path": "/a.png", "alt": "A"}]),
        ({"src": "/a.png"}, [{"url": "/a.png", "src": "/a.png"}]),
        ({"image": "/a.png"}, [{"url": "/a.png", "image": "/a.png"}]),
        ({"width": "3"}, [{"url": None, "width": "3"}]),
        ([["x"], None], [["x"], None]),
    ],
)
def test_an_image_is_a_mapping_or_a_mere_address(key: str, value: Value, images: list[Value]) -> None:
    fields = canonical({key: value}, at(), Reading(SITE))
    assert (fields.values["images"], fields.origin["images"]) == (images, key)


@pytest.mark.parametrize(
    ("raw", "topics"),
    [
        ({"topics": ["a b", "c"]}, ["a b", "c"]),
        ({"topics": "a b"}, ["a b"]),
        ({"topics": "a b, c"}, ["a b", " c"]),
        ({"tags": "open web feeds"}, ["open", "web", "feeds"]),
        ({"tags": "open web, feeds"}, ["open web", " feeds"]),
        ({"categories": "a b"}, ["a", "b"]),
        ({"categories": ["a b"]}, ["a b"]),
        ({"topics": ["a"], "tags": ["b"], "categories": ["c"]}, ["a"]),
        ({"tags": ["b"], "categories": ["c"]}, ["b"]),
        ({"topics": [], "tags": "", "categories": ["c"]}, ["c"]),
        ({"topics": None, "tags": ["b"]}, ["b"]),
        ({"topics": {"a": "b"}}, {"a": "b"}),
        ({}, None),
        ({"category": "c", "keywords": ["k"]}, None),
    ],
)
def test_topics_are_those_of_the_first_key_that_has_some(raw: dict[str, Value], topics: object) -> None:
    assert values(raw).get("topics") == topics


def test_the_config_says_which_keys_hold_topics() -> None:
    raw: dict[str, Value] = {"topics": ["a"], "keywords": "b c", "tags": "d e"}
    assert values(raw, topic_keys=("keywords", "tags")) == {"topics": ["b c"]}
    assert values(raw, topic_keys=("tags",)) == {"topics": ["d", "e"]}
    assert values(raw, topic_keys=()) == {}


@pytest.mark.parametrize(
    ("path", "date"),
    [
        ("2026-03-08-name.md", "2026-03-08"),
        ("2026-3-8_name.md", "2026-3-8"),
        ("posts/2026-03-08-name/index.md", "2026-03-08"),
        ("2026-02-30-name.md", "2026-02-30"),  # told as wrong, later
        ("2026-03-08.md", None),
        ("name-2026-03-08.md", None),
        ("20260308-name.md", None),
    ],
)
def test_a_date_may_stand_in_the_name_of_the_file(path: str, date: str | None) -> None:
    assert values({}, at(path)).get("published_at") == date


def test_a_date_in_the_front_matter_counts_more_than_one_in_the_name() -> None:
    assert values({"date": "2026-01-01"}, at("2026-03-08-name.md"))["published_at"] == "2026-01-01"


@pytest.mark.parametrize(
    ("pattern", "path", "folder", "slug", "link"),
    [
        (DATED, "2026-03-08-hello.md", "_posts", None, "/2026/03/08/hello/"),
        (DATED, "hello.md", "", None, "/2026/03/08/hello/"),
        (DATED, "2026-03-08-hello.md", "_posts", "own", "/2026/03/08/own/"),
        (DATED, "hello.md", "", "  own \n", "/2026/03/08/own/"),
        (DATED, "hello.md", "", " ", "/2026/03/08/hello/"),
        ("/{slug}/", "a/index.md", "", None, "/a/"),
        ("/{stem}.html", "2026-03-08-hello.md", "", "own", "/2026-03-08-hello.html"),
        ("/{folder}/{slug}/", "x/a/b/hello.md", "a/b", None, "/a/b/hello/"),
        ("/{folder}/{slug}/", "x/hello.md", "", None, "/hello/"),
        ("{folder}/{slug}", "x/hello.md", "", None, "/hello"),
        ("https://other.example/{folder}/{slug}", "x/hello.md", "", None, "https://other.example/hello"),
        ("/{slug}", "größe #1?.md", "", None, "/gr%C3%B6%C3%9Fe%20%231%3F"),
        ("/{folder}/{slug}", "x/hello.md", "50% a", None, "/50%25%20a/hello"),
        ("/fixed", "a.md", "", None, "/fixed"),
    ],
)
def test_a_link_is_made_by_the_pattern_of_the_config(
    pattern: str, path: str, folder: str, slug: str | None, link: str
) -> None:
    raw: dict[str, Value] = {"date": "2026-03-08T23:00:00Z", "slug": slug}
    assert values(raw, at(path, folder), link_pattern=pattern)["link"] == link


def test_the_pattern_takes_the_date_in_utc() -> None:
    raw: dict[str, Value] = {"date": "2026-01-01 00:30:00 +0200"}
    assert values(raw, link_pattern=DATED)["link"] == "/2025/12/31/a/"


@pytest.mark.parametrize(
    ("raw", "pattern"),
    [
        ({"date": "2026-01-01"}, None),
        ({}, DATED),
        ({"date": "soon"}, DATED),
        ({"date": "1970-01-01"}, DATED),
        ({"date": ["2026-01-01"]}, DATED),
    ],
)
def test_without_a_pattern_or_a_date_there_is_no_link(raw: dict[str, Value], pattern: str | None) -> None:
    assert "link" not in values(raw, link_pattern=pattern)


@pytest.mark.parametrize("key", ["permalink", "url"])
@pytest.mark.parametrize(
    "template",
    [
        "/:year/:title/",
        ":title",
        "/{{ page.fileSlug }}/",
        "{% if x %}",
        "false",
        "true",
        "pretty",
        "date",
        "ordinal",
        "weekdate",
        "none",
        " pretty ",
    ],
)
def test_a_permalink_that_its_generator_has_to_fill_in_is_passed_over(key: str, template: str) -> None:
    assert "link" not in values({key: template})
    assert values({key: template, "date": "2026-03-08"}, link_pattern=DATED)["link"] == "/2026/03/08/a/"


@pytest.mark.parametrize(
    "address", ["/custom/", "custom.html", "https://a.example/x", "/10:30/", "/pretty/", "/a{b}/"]
)
def test_a_permalink_that_is_an_address_counts(address: str) -> None:
    assert values({"permalink": address}, link_pattern="/{slug}/")["link"] == address


@pytest.mark.parametrize(
    ("author", "provider"),
    [
        ("Ines", "Ines"),
        (["Ines", "Tomas"], "Ines"),
        ([{"name": "Ines"}], {"name": "Ines"}),
        ({"name": "Ines", "email": "i@a.example"}, {"name": "Ines", "email": "i@a.example"}),
        ([], None),
    ],
)
def test_the_first_author_is_the_provider(author: Value, provider: object) -> None:
    assert values({"author": author}).get("provider") == provider


def test_a_list_of_providers_is_not_taken_for_authors() -> None:
    assert values({"provider": ["x"], "author": "Ines"})["provider"] == ["x"]


@pytest.mark.parametrize(
    ("content", "frame"),
    [
        ('<iframe src="https://v.example/1"></iframe>', "https://v.example/1"),
        ("<p>x</p><IFRAME width=3 SRC = 'https://v.example/a b?c&amp;d'>", "https://v.example/a%20b?c&d"),
        ('<iframe title="a > b"><iframe src="https://v.example/2">', "https://v.example/2"),
        ('<iframe\n  allowfullscreen\n  src="https://v.example/3">', "https://v.example/3"),
        ('<iframe src="javascript:alert(1)">', None),
        ('<iframe src="https://u:p@v.example/">', None),
        ('<iframe src="/relative">', None),
        ('<iframe src="">', None),
        ("<iframe src=https://v.example/>", None),
        ('<iframe data-src="https://v.example/1">', "https://v.example/1"),
        ('<iframes src="https://v.example/1">', None),
        ('<img src="https://v.example/1">', None),
        ("", None),
        (None, None),
        (["<iframe src='https://v.example/1'>"], None),
    ],
)
def test_of_featured_content_only_the_address_of_its_frame_is_taken(
    content: Value, frame: str | None
) -> None:
    assert values({"featuredContent": content}).get("frame") == frame


@pytest.mark.parametrize(
    "piece", ["<iframe ", '<iframe src="', "<iframe src='x", "<iframe src " + " " * 90, "<iframe src=\"'"]
)
def test_featured_content_made_to_take_time_takes_none(piece: str) -> None:
    start = perf_counter()
    values({"featuredContent": piece * (1_000_000 // len(piece))})
    assert perf_counter() - start < 2


@pytest.mark.parametrize(
    ("own", "read_as"),
    [
        ("tag:site.example,2026:x", "tag:site.example,2026:x"),
        ("https://site.example/?p=1#x", "https://site.example/?p=1#x"),
        ("urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a", "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a"),
        (" urn:x:größe\n", "urn:x:größe"),
        ("42", None),
        ("my-post", None),
        ("/my/post", None),
        ("a post: the first", None),
        ("urn:a b", None),
        ("urn:<b>", None),
        ("urn:a\x01b", None),
        ("urn:a\ufffe", None),
        ("urn:\ufeffa", None),
        ("urn:", None),
        ("", None),
        (None, None),
        (["urn:x"], None),
    ],
)
def test_an_own_id_counts_when_it_is_absolute(own: Value, read_as: str | None) -> None:
    assert values({"id": own}).get("id") == read_as


@pytest.mark.parametrize(
    ("raw", "published"),
    [
        ({}, True),
        ({"published": "true"}, True),
        ({"published": "yes"}, True),
        ({"published": None}, True),
        ({"published": "false"}, False),
        ({"published": "No"}, False),
        ({"draft": "true"}, False),
        ({"draft": "false"}, True),
        ({"draft": None}, True),
        ({"published": "true", "draft": "true"}, False),
        ({"published": "true", "removed": "true"}, False),
        ({"published": "true", "deleted": "on"}, False),
        ({"removed": "false", "deleted": "off", "draft": "no"}, True),
        ({"Draft": "true", "status": "draft"}, True),
    ],
)
def test_what_is_published(raw: dict[str, Value], published: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_published(raw, at()) is published


@pytest.mark.parametrize(
    ("folder", "published"),
    [
        ("_drafts", False),
        ("blog/_drafts", False),
        ("_drafts/2026", False),
        ("drafts", True),
        ("my_drafts", True),
    ],
)
def test_what_lies_in_a_folder_of_drafts_is_a_draft(folder: str, published: bool) -> None:  # noqa: FBT001
    assert is_published({"published": "true"}, at(folder=folder)) is published


@pytest.mark.parametrize("key", ["published", "removed", "deleted", "draft"])
@pytest.mark.parametrize("value", ["maybe", "1", "", ["true"], {}])
def test_what_is_neither_true_nor_false_is_named_by_its_key(key: str, value: Value) -> None:
    with pytest.raises(KeyError) as caught:
        is_published({key: value}, at())
    assert caught.value.args == (key,)
