"""Each field of an article says what it takes, and takes nothing else."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from feeds.articles.article import Article, Image, Provider, Reader, Related, date_time, first_error, truth

SITE = "https://site.example/"
PAGE = "https://site.example/2026/page/"
LEAST: dict[str, object] = {
    "path": "a.md",
    "slug": "a",
    "title": "T",
    "published_at": "2026-01-01",
    "link": PAGE,
}
Note = tuple[str, str, str]


def read(**fields: object) -> tuple[Article, list[Note]]:
    reader = Reader(SITE)
    return Article.model_validate(LEAST | fields, context=reader), reader.notes


def article(**fields: object) -> Article:
    found, notes = read(**fields)
    assert notes == []
    return found


def complaint(**fields: object) -> str:
    with pytest.raises(ValidationError) as caught:
        read(**fields)
    location, expected, found = first_error(caught.value)
    return f"{'.'.join(map(str, location))}: expected {expected}, found {found}"


def test_an_article_needs_no_more_than_title_date_and_link() -> None:
    assert article().model_dump() == {
        "path": "a.md",
        "slug": "a",
        "id": None,
        "title": "T",
        "published_at": datetime(2026, 1, 1, tzinfo=UTC),
        "link": PAGE,
        "updated_at": None,
        "excerpt": "",
        "type": "article",
        "language": "",
        "quality": None,
        "heat": None,
        "provider": None,
        "topics": (),
        "images": (),
        "related": (),
        "frame": None,
        "body": "",
        "body_is_html": False,
    }


def test_an_article_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        article().title = "Other"  # type: ignore[misc]


def test_a_body_is_not_shown_in_messages() -> None:
    assert "a secret" not in repr(article(body="a secret"))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        # ISO 8601
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00+02:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2026-03-01T10:00:00-0530", datetime(2026, 3, 1, 15, 30, tzinfo=UTC)),
        ("2026-03-01T10:00+2", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2026-03-01T10:00:59.999999Z", datetime(2026, 3, 1, 10, 0, 59, tzinfo=UTC)),
        ("2026-03-01T10:00:00,5Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00.1234567890123Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("20260301T100000Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("20260301", datetime(2026, 3, 1, tzinfo=UTC)),
        # naive means UTC
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T10:00:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01 10:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        # YAML's looser forms
        ("2026-03-01 10:00:00 +0200", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2026-03-01 10:00:00 +02:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2026-03-01 10:00:00 -5", datetime(2026, 3, 1, 15, tzinfo=UTC)),
        ("2026-03-01 10:00:00 UTC", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-3-1", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-3-1t9:05:00z", datetime(2026, 3, 1, 9, 5, tzinfo=UTC)),
        ("2001-12-14 \t 21:59:43.10 -5", datetime(2001, 12, 15, 2, 59, 43, tzinfo=UTC)),
        ("  2026-03-01T10:00:00Z\n", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        # RFC 5322
        ("Sun, 01 Mar 2026 10:00:00 +0200", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("Sun, 1 Mar 2026 10:00:00 GMT", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("1 Mar 2026 10:00 EST", datetime(2026, 3, 1, 15, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 10:00:00 -0000", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        # the edges
        ("1990-01-01T00:00:00Z", datetime(1990, 1, 1, tzinfo=UTC)),
        ("1989-12-31T23:30:00-01:00", datetime(1990, 1, 1, 0, 30, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_dates_as_generators_write_them(text: str, moment: datetime) -> None:
    found = date_time(text)
    assert found == moment
    assert found.tzinfo is UTC


NO_DATE = "a date such as 2026-11-22T18:00:00Z"
TOO_EARLY = "a date from 1990 on"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-02-30", NO_DATE),
        ("2023-02-29", NO_DATE),
        ("2026-13-01", NO_DATE),
        ("2026-00-10", NO_DATE),
        ("2026-03-01T24:00:00Z", NO_DATE),
        ("2026-03-01T10:60:00Z", NO_DATE),
        ("2026-03-01T10:00:61Z", NO_DATE),
        ("2026-03-01T10:00:00+99:00", NO_DATE),
        ("Mon, 30 Feb 2026 10:00:00 +0000", NO_DATE),
        ("1 Jan 2026 10:00:00 +99999999999", NO_DATE),
        ("10000-01-01", NO_DATE),
        ("9999-12-31T23:59:59-01:00", NO_DATE),  # is in year 10000
        ("0000-01-01", NO_DATE),
        ("2026", NO_DATE),
        ("2026-03", NO_DATE),
        ("1764586800", NO_DATE),
        ("9" * 5000, NO_DATE),
        ("2026-03-01 noon", NO_DATE),
        ("2026-03-01T10:00:00 Europe/Berlin", NO_DATE),
        ("March 1, 2026", NO_DATE),
        ("01/03/2026", NO_DATE),
        ("yesterday", NO_DATE),
        ("{{ now }}", NO_DATE),
        ("", NO_DATE),
        (None, NO_DATE),
        ([], NO_DATE),
        ({"a": "b"}, NO_DATE),
        ("1989-12-31T23:59:59Z", TOO_EARLY),
        ("1990-01-01T00:00:00+01:00", TOO_EARLY),
        ("1970-01-01", TOO_EARLY),
        ("0001-01-01T00:00:00Z", TOO_EARLY),
        ("Thu, 01 Jan 1970 00:00:00 GMT", TOO_EARLY),
    ],
)
def test_what_is_no_date_since_1990_is_refused(value: object, expected: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        date_time(value)
    assert caught.value.message() == expected


MOMENTS = st.datetimes(
    datetime(1990, 1, 3),  # noqa: DTZ001 - the zone comes from the other strategy
    datetime(9998, 12, 30),  # noqa: DTZ001
    timezones=st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@given(MOMENTS, st.sampled_from(("T", "t", " ", "  ")), st.booleans())
def test_every_iso_date_is_read_to_the_second(moment: datetime, separator: str, colon: bool) -> None:  # noqa: FBT001
    text = moment.isoformat(timespec="microseconds").replace("T", separator)
    if not colon:
        text = text[:-3] + text[-2:]
    assert date_time(text) == moment.astimezone(UTC).replace(microsecond=0)


@given(st.text(max_size=40) | st.text(alphabet="0123456789-:+ TZ.,JanFebSu", max_size=40))
def test_any_text_is_a_moment_in_utc_since_1990_or_refused(text: str) -> None:
    try:
        moment = date_time(text)
    except PydanticCustomError as error:
        assert error.message() in (NO_DATE, TOO_EARLY)  # noqa: PT017 - either is right
    else:
        assert moment.tzinfo is UTC
        assert moment.microsecond == 0
        assert moment.year >= 1990


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "yes", "Yes", "on", " true "])
def test_words_for_true(text: str) -> None:
    assert truth(text)


@pytest.mark.parametrize("text", ["false", "False", "no", "NO", "off", " Off "])
def test_words_for_false(text: str) -> None:
    assert not truth(text)


@pytest.mark.parametrize("value", ["maybe", "", "1", "0", "y", "t", None, [], ["true"], {}])
def test_other_values_are_neither_true_nor_false(value: object) -> None:
    with pytest.raises(PydanticCustomError, match=r"^true or false"):
        truth(value)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("50", 50),
        (" 50 ", 50),
        ("0", 0),
        ("-3", -3),
        ("+3", 3),
        ("010", 10),
        ("82.5", 82.5),
        ("82.0", 82),
        ("1000000000", 1_000_000_000),
        ("", None),
        (" ", None),
        (None, None),
    ],
)
def test_numbers(value: object, number: float | None) -> None:
    found = article(quality=value, heat=value)
    assert (found.quality, found.heat) == (number, number)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("high", "'high'"),
        ("1e3", "'1e3'"),
        ("0x1F", "'0x1F'"),
        ("1_000", "'1_000'"),
        (".5", "'.5'"),
        ("5.", "'5.'"),
        ("nan", "'nan'"),
        (".inf", "'.inf'"),
        ("1:30", "'1:30'"),
        ("1000000001", "'1000000001'"),
        ("9" * 5000, f"'{'9' * 59}…'"),
        (["5"], "a list"),
        ({"a": "5"}, "a mapping"),
    ],
)
def test_what_is_no_number_is_refused(value: object, found: str) -> None:
    assert complaint(quality=value) == f"quality: expected a number, found {found}"


@pytest.mark.parametrize(
    ("value", "title"),
    [
        ("T", "T"),
        ("  Tom &amp; Jerry \n 2", "Tom & Jerry 2"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("<MSFT.O>", "<MSFT.O>"),
    ],
)
def test_titles_and_excerpts_are_one_line_with_entities_resolved_once(value: str, title: str) -> None:
    found = article(title=value, excerpt=value)
    assert (found.title, found.excerpt) == (title, title)


@pytest.mark.parametrize(
    ("value", "found"),
    [(" ", "' '"), ("&#1;", "'&#1;'"), ("\x01", r"'\x01'"), (["x"], "a list"), ({"a": "b"}, "a mapping")],
)
def test_a_title_of_nothing_is_refused(value: object, found: str) -> None:
    assert complaint(title=value) == f"title: expected text, found {found}"


@pytest.mark.parametrize("field", ["title", "excerpt", "type", "language"])
def test_control_characters_are_removed_and_told(field: str) -> None:
    found, notes = read(**{field: "a\x00b\ufeffc"})
    assert getattr(found, field) == "abc"
    assert notes == [(field, "text without control characters", "some, now removed")]


@pytest.mark.parametrize(
    "part",
    [
        {"provider": {"name": "a\x00b", "domain": "c.example"}},
        {"images": [{"url": "/x.png", "title": "a\x00b"}]},
        {"related": [{"title": "a\x00b", "webUrl": "/x"}]},
        {"related": [{"title": "ab", "webUrl": "/x", "provider": {"name": "\x00P"}}]},
    ],
)
def test_control_characters_of_a_part_are_not_blamed_on_the_article_s_own_field(part: dict[str, Any]) -> None:
    _, notes = read(**part)
    assert notes == [("", "text without control characters", "some, now removed")]


@pytest.mark.parametrize(
    ("value", "topics"),
    [
        (["AI", "Space"], ("AI", "Space")),
        ("AI", ("AI",)),
        (["NO", "010", "2024", "1.0", "true"], ("NO", "010", "2024", "1.0", "true")),
        (["AI", None, "", "  ", "\x01"], ("AI",)),
        ([" A  I \n", "R&amp;D"], ("A I", "R&D")),
        (["b", "a", "B", "b "], ("b", "a")),
        (["Straße", "STRASSE", "Café", "cafe\u0301"], ("Straße", "Café")),
        ([], ()),
        (None, ()),
        ([str(number) for number in range(50)], tuple(str(number) for number in range(50))),
        (["AI"] * 51, ("AI",)),
        (["x" * 200], ("x" * 200,)),
    ],
)
def test_topics_are_text_each_once_in_their_first_spelling(value: object, topics: tuple[str, ...]) -> None:
    assert article(topics=value).topics == topics


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": "b"}, "expected a list of topics, found a mapping"),
        (["a", ["b"]], "expected topics of plain text, found a list"),
        ([{"name": "AI"}], "expected topics of plain text, found a mapping"),
        ([str(number) for number in range(51)], "expected at most 50 topics, found 51"),
        (["a", "x" * 201], f"expected topics of at most 200 characters, found '{'x' * 59}…'"),
    ],
)
def test_what_is_no_list_of_topics_is_refused(value: object, message: str) -> None:
    assert complaint(topics=value) == f"topics: {message}"


@pytest.mark.parametrize(
    ("value", "link"),
    [
        ("https://other.example/x", "https://other.example/x"),
        ("/x", "https://site.example/x"),
        ("x/y", "https://site.example/x/y"),
        (" https://other.example/a b ", "https://other.example/a%20b"),
        ("//other.example", "https://other.example/"),
    ],
)
def test_a_link_is_resolved_against_the_site(value: str, link: str) -> None:
    assert article(link=value).link == link


@pytest.mark.parametrize(
    ("value", "found"),
    [("javascript:x", "'javascript:x'"), ("mailto:a@b.c", "'mailto:a@b.c'"), (["/x"], "a list")],
)
def test_what_is_no_link_is_refused(value: object, found: str) -> None:
    assert complaint(link=value) == f"link: expected an http or https address, found {found}"


def test_images_are_resolved_against_the_page_and_know_their_size() -> None:
    images = [
        {
            "url": "a.png",
            "width": "1200",
            "height": "675.0",
            "bytes": "99",
            "alt": "A &amp; B",
            "isCached": "true",
        },
        {"url": "/b.png", "width": "", "height": None},
        {"url": "//cdn.example/c.png", "fileSize": "7", "title": "C"},
        {"url": "https://img.example/größe d.png"},
    ]
    assert article(images=images).images == (
        Image(url=PAGE + "a.png", width="1200", height="675", length="99", title="A & B"),
        Image(url=SITE + "b.png"),
        Image(url="https://cdn.example/c.png", length="7", title="C"),
        Image(url="https://img.example/gr%C3%B6%C3%9Fe%20d.png"),
    )


def test_a_side_of_an_image_is_zero_where_it_is_not_known() -> None:
    images = article(images=[{"url": "a", "width": "3", "height": "4"}, {"url": "b", "width": "3"}]).images
    assert [(image.width, image.height) for image in images if image] == [(3, 4), (3, 0)]


@pytest.mark.parametrize(
    ("url", "expected", "found"),
    [
        ("javascript:alert(1)", "an http or https address as url", "'javascript:alert(1)'"),
        ("data:image/png;base64,AA", "an http or https address as url", "'data:image/png;base64,AA'"),
        ("https://u:p@img.example/", "an address without credentials as url", "'https://u:p@img.example/'"),
        ("", "a value as url", "nothing"),
        (" ", "an http or https address as url", "' '"),
        (None, "a value as url", "nothing"),
    ],
)
def test_an_image_without_a_web_address_is_passed_over_and_told(
    url: str | None, expected: str, found: str
) -> None:
    kept, notes = read(images=[{"url": "a.png"}, {"url": url}, None, {"url": "b.png"}])
    assert [image.url for image in kept.images if image] == [PAGE + "a.png", PAGE + "b.png"]
    assert notes == [("images", expected, found)]


@pytest.mark.parametrize(
    ("images", "expected", "found"),
    [
        ("x.png", "a list", "'x.png'"),
        (["x.png"], "a mapping of keys to values", "'x.png'"),
        ([["x"]], "a mapping of keys to values", "a list"),
        ([{"url": ["x"]}], "an http or https address as url", "a list"),
        ([{"url": "a", "width": "wide"}], "a number as width", "'wide'"),
        ([{"url": "a", "height": "-1"}], "a size of 0 or more as height", "'-1'"),
        ([{"url": "a", "title": ["x"]}], "text as title", "a list"),
    ],
)
def test_images_of_another_shape_are_passed_over_and_told(images: Any, expected: str, found: str) -> None:
    kept, notes = read(images=images)
    assert kept.images == ()
    assert notes == [("images", expected, found)]
    if isinstance(images, list):
        kept, notes = read(images=[{"url": "/a"}, *images, {"url": "/b"}])
        assert [image.url for image in kept.images if image] == [SITE + "a", SITE + "b"]
        assert notes == [("images", expected, found)]


@pytest.mark.parametrize(
    ("value", "name", "domain", "logo"),
    [
        ("The Lantern", "The Lantern", "", None),
        ({"name": "The &amp; Lantern"}, "The & Lantern", "", None),
        (
            {"name": "L", "domain": "l.example", "images": [{"url": "/logo.png"}]},
            "L",
            "l.example",
            SITE + "logo.png",
        ),
        ({"domain": "l.example"}, "l.example", "l.example", None),
        ({"name": "", "domain": "l.example"}, "l.example", "l.example", None),
        ({"name": "L", "images": [{"url": "javascript:x"}, {"url": "/b"}]}, "L", "", SITE + "b"),
    ],
)
def test_a_provider_is_a_name_or_more(value: object, name: str, domain: str, logo: str | None) -> None:
    provider = read(provider=value)[0].provider
    assert provider is not None
    assert (provider.name, provider.domain, provider.logo) == (name, domain, logo)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (["x"], "provider: expected a mapping of keys to values, found a list"),
        ({"images": []}, "provider.name: expected a value, found nothing"),
        ({"name": ["x"]}, "provider.name: expected text, found a list"),
    ],
)
def test_a_provider_of_another_shape_is_refused(value: object, message: str) -> None:
    assert complaint(provider=value) == message


def test_related_coverage_keeps_what_we_show() -> None:
    related = [
        {
            "title": "A &amp; B",
            "webUrl": "https://a.example/x y",
            "quality": "63",
            "excerpt": "e",
            "provider": "P",
        },
        {"title": "B", "webUrl": "", "originalUrl": "/b"},
        {"title": "C", "webUrl": None, "url": "c", "quality": ""},
        {"title": "D", "webUrl": "/d", "originalUrl": "/not", "provider": {"domain": "d.example"}},
    ]
    assert article(related=related).related == (
        Related(title="A & B", webUrl="https://a.example/x%20y", quality="63", provider=Provider(name="P")),
        Related(title="B", webUrl=SITE + "b"),
        Related(title="C", webUrl=PAGE + "c"),
        Related(title="D", webUrl=SITE + "d", provider=Provider(name="d.example", domain="d.example")),
    )


@pytest.mark.parametrize(
    ("broken", "expected", "found"),
    [
        ("x", "a mapping of keys to values", "'x'"),
        (["x"], "a mapping of keys to values", "a list"),
        ({}, "a value as title", "nothing"),
        ({"title": "A"}, "a value as webUrl", "nothing"),
        ({"title": "A", "webUrl": ""}, "a value as webUrl", "nothing"),
        ({"title": " ", "webUrl": "/a"}, "text as title", "' '"),
        ({"title": "A", "webUrl": "javascript:x"}, "an http or https address as webUrl", "'javascript:x'"),
        ({"title": "A", "url": "ftp://x"}, "an http or https address as url", "'ftp://x'"),
        ({"title": "A", "url": "/a", "quality": "high"}, "a number as quality", "'high'"),
        ({"title": "A", "url": "/a", "provider": {}}, "a value as provider.name", "nothing"),
    ],
)
def test_broken_related_coverage_is_passed_over_and_told(broken: object, expected: str, found: str) -> None:
    kept, notes = read(related=[{"title": "A", "url": "/a"}, broken, None, {"title": "B", "url": "/b"}])
    assert [related.title for related in kept.related if related] == ["A", "B"]
    assert notes == [("related", expected, found)]


@pytest.mark.parametrize(("value", "found"), [("x", "'x'"), ({"a": "b"}, "a mapping")])
def test_related_that_is_no_list_is_passed_over_and_told(value: object, found: str) -> None:
    kept, notes = read(related=value)
    assert kept.related == ()
    assert notes == [("related", "a list", found)]


@pytest.mark.parametrize(("value", "found"), [("x", "'x'"), ({"a": "b"}, "a mapping")])
def test_pictures_of_a_provider_that_are_no_list_are_passed_over_and_told(value: object, found: str) -> None:
    kept, notes = read(provider={"name": "L", "images": value})
    assert kept.provider == Provider(name="L")
    assert notes == [("", "a list", found)]
