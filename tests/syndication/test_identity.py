import re
from datetime import UTC, datetime

import pytest
from builders import article, identity
from hypothesis import given
from hypothesis import strategies as st

from feeds.config import SiteConfig
from feeds.syndication.identity import entry_id, epoch, feed_id, identities

SITE = SiteConfig(url="https://feeds.example/", id="feeds.example,2026")
# RFC 4151 §2.1 with the characters of RFC 3986: no white space, nothing beyond ASCII, no stray percent sign.
TAG = re.compile(r"tag:[a-z0-9.@+_-]+,\d{4}(-\d\d(-\d\d)?)?:(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*")


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("one", "tag:feeds.example,2026:one"),
        ("2026-11-22-One_b.c~d", "tag:feeds.example,2026:2026-11-22-One_b.c~d"),
        ("a b", "tag:feeds.example,2026:a%20b"),
        ("100%", "tag:feeds.example,2026:100%25"),
        ("100%25", "tag:feeds.example,2026:100%2525"),
        ("a/b", "tag:feeds.example,2026:a%2Fb"),
        ("feed/ai", "tag:feeds.example,2026:feed%2Fai"),
        ("a#b?c&d", "tag:feeds.example,2026:a%23b%3Fc%26d"),
        ("é", "tag:feeds.example,2026:%C3%A9"),
        ("<日>", "tag:feeds.example,2026:%3C%E6%97%A5%3E"),
    ],
)
def test_an_entrys_id_is_made_of_its_files_name(slug: str, expected: str) -> None:
    assert identity(article(slug=slug), SITE) == expected


@pytest.mark.parametrize(
    "own", ["urn:isbn:0-395-36341-1", "https://a.example/?p=1&q=Ä", "tag:old.example,2004:%C3"]
)
def test_an_absolute_id_of_its_own_stays_as_it_is_written(own: str) -> None:
    assert identity(article(id=own), SITE) == own


@given(
    changes=st.fixed_dictionaries({"title": st.sampled_from("ab"), "topics": st.lists(st.sampled_from("xy"))})
)
def test_neither_address_nor_date_nor_text_changes_an_id(changes: dict[str, object]) -> None:
    moved = article(
        path="elsewhere/one.md",
        link="https://moved.example/",
        published_at=datetime(2001, 1, 1, tzinfo=UTC),
        **changes,
    )
    assert identity(moved, SITE) == identity(article(), SITE)


@given(slugs=st.lists(st.text(min_size=1), min_size=2, max_size=2, unique=True))
def test_every_name_has_an_id_of_its_own_that_is_a_tag_uri(slugs: list[str]) -> None:
    first, second = (identity(article(slug=slug), SITE) for slug in slugs)
    assert first != second
    assert TAG.fullmatch(first)


@given(slug=st.text(min_size=1))
def test_an_id_leads_back_to_what_it_was_made_of(slug: str) -> None:
    made = identity(article(slug=slug), SITE)
    assert [one for one in identities(made, SITE) if entry_id(one, SITE) == made] == [made, f" {slug}"]
    assert identities("urn:isbn:1", SITE) == ("urn:isbn:1",)


@given(slug=st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True), name=st.text(min_size=1))
def test_no_entry_has_the_id_of_a_feed(slug: str, name: str) -> None:
    assert TAG.fullmatch(feed_id(slug, SITE))
    for stem in (name, f"feed/{slug}"):
        assert identity(article(slug=stem), SITE) != feed_id(slug, SITE)


def test_a_feeds_id_is_made_of_its_first_slug() -> None:
    assert feed_id("c-plus-plus", SITE) == "tag:feeds.example,2026:feed/c-plus-plus"


@pytest.mark.parametrize(
    ("url", "own", "authority"),
    [
        ("https://News.Example:8443/feeds/", None, "news.example,2026"),
        ("http://127.0.0.1:8000/", None, "127.0.0.1,2026"),
        ("https://bücher.example/", None, "xn--bcher-kva.example,2026"),
        ("https://news.example/", "old.example,2019-03", "old.example,2019-03"),
    ],
)
def test_ids_are_the_sites(url: str, own: str | None, authority: str) -> None:
    site = SiteConfig(url=url, id=own)
    assert feed_id("ai", site) == f"tag:{authority}:feed/ai"
    assert TAG.fullmatch(identity(article(), site))


@pytest.mark.parametrize(
    ("own", "year"), [(None, 2026), ("feeds.example,2019", 2019), ("feeds.example,2019-03-04", 2019)]
)
def test_a_feed_that_never_had_an_entry_is_of_the_first_day_of_the_ids_year(
    own: str | None, year: int
) -> None:
    assert epoch(SiteConfig(url="https://feeds.example/", id=own)) == datetime(year, 1, 1, tzinfo=UTC)
