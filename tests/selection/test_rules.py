from datetime import timedelta
from typing import Any

import pytest
from builders import NOW, article, config, listed, selected

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def taken(fields: dict[str, Any], **keys: Any) -> bool:
    """Whether the site's rules let an article into the feed of all topics."""
    return listed(selected([article(**fields)], config(**keys)))["all"] == ["one"]


def taken_by_feed(fields: dict[str, Any], feed: dict[str, Any], **keys: Any) -> bool:
    """Whether the topic `AI` takes an article, with rules of its own beside the site's."""
    one = article(**{"topics": ["AI"]} | fields)
    return listed(selected([one], config(topics={"AI": feed}, **keys)))["ai"] == ["one"]


@pytest.mark.parametrize(
    ("fields", "rule", "expected"),
    [
        ({"quality": 50}, {}, True),
        ({"quality": 49}, {}, False),
        ({"quality": 49.999}, {}, False),
        ({}, {}, True),
        ({"quality": None}, {}, True),
        ({"quality": " "}, {}, True),
        ({"quality": 0}, {"min_quality": 0}, True),
        ({"quality": -1}, {"min_quality": 0}, False),
        ({"quality": 70}, {"min_quality": 70.5}, False),
        ({"quality": 70.5}, {"min_quality": 70.5}, True),
        ({"heat": 3}, {"min_heat": 3}, True),
        ({"heat": 2.9}, {"min_heat": 3}, False),
        ({}, {"min_heat": 3}, True),
        ({"heat": 0}, {}, True),
    ],
)
def test_floors(fields: dict[str, Any], rule: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    assert taken(fields, **rule) is expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(0), True),
        (SECOND, False),
        (-SECOND, True),
        (timedelta(days=365), False),
    ],
)
def test_an_article_is_taken_from_the_moment_at_which_it_is_published(
    after: timedelta,
    expected: bool,  # noqa: FBT001
) -> None:
    assert taken({"published_at": NOW + after}) is expected


@pytest.mark.parametrize(
    ("age", "rule", "expected"),
    [
        (timedelta(days=7), "7d", True),
        (timedelta(days=7) + SECOND, "7d", False),
        (timedelta(weeks=2), "2w", True),
        (timedelta(hours=12, seconds=1), "12 hours", False),
        (timedelta(minutes=30), "30m", True),
        (timedelta(0), "0d", True),
        (SECOND, "0d", False),
        (timedelta(days=365 * 36), "1900 weeks", True),
    ],
)
def test_max_age_counts_back_from_now(age: timedelta, rule: str, expected: bool) -> None:  # noqa: FBT001
    assert taken({"published_at": NOW - age}, max_age=rule) is expected


@pytest.mark.parametrize(
    ("fields", "rule", "expected"),
    [
        ({"topics": ["AI"]}, {"include": ["ai"]}, True),
        ({"topics": ["AI", "ML"]}, {"include": ["ML", "Space"]}, True),
        ({"topics": ["AI"]}, {"include": "AI"}, True),
        ({"topics": ["AIR"]}, {"include": ["AI"]}, False),
        ({}, {"include": ["AI"]}, False),
        ({"topics": ["Cafe\u0301"]}, {"include": ["CAFÉ"]}, True),
        ({"topics": ["AI"]}, {"exclude": ["ai"]}, False),
        ({"topics": ["AI", "ML"]}, {"exclude": ["ML"]}, False),
        ({"topics": ["ML"]}, {"exclude": ["AI"]}, True),
        ({}, {"exclude": ["AI"]}, True),
        ({"topics": ["AI", "ML"]}, {"include": ["AI"], "exclude": ["ML"]}, False),
        ({"provider": {"name": "The Times"}}, {"providers": ["the times"]}, True),
        (
            {"provider": {"name": "The Times", "domain": "times.example"}},
            {"providers": "TIMES.example"},
            True,
        ),
        ({"provider": {"name": "The Times", "domain": "times.example"}}, {"providers": ["times"]}, False),
        ({"provider": "Straße"}, {"providers": ["STRASSE"]}, True),
        ({}, {"providers": ["The Times"]}, False),
        ({"type": "video"}, {"types": ["Video", "audio"]}, True),
        ({"type": "video"}, {"types": ["article"]}, False),
        ({}, {"types": ["article"]}, True),
        ({"language": "en-GB"}, {"languages": ["en"]}, True),
        ({"language": "EN-gb"}, {"languages": ["en-GB"]}, True),
        ({"language": "en-GB-oxendict"}, {"languages": ["en-GB"]}, True),
        ({"language": "en"}, {"languages": ["en-GB"]}, False),
        ({"language": "eng"}, {"languages": ["en"]}, False),
        ({"language": "de"}, {"languages": ["en", "de"]}, True),
        ({}, {"languages": ["en"]}, True),
        ({}, {"languages": ["de"]}, False),
    ],
)
def test_words_that_articles_must_have(
    fields: dict[str, Any],
    rule: dict[str, Any],
    expected: bool,  # noqa: FBT001
) -> None:
    assert taken(fields, **rule) is expected


def test_an_article_without_language_is_in_the_language_of_the_site() -> None:
    site = {"url": "https://feeds.example/", "language": "de-AT"}
    assert taken({}, site=site, languages=["de"])
    assert not taken({}, site=site, languages=["en"])
    assert not taken({"language": "en"}, site=site, languages=["de"])


@pytest.mark.parametrize(
    ("fields", "feed", "site", "expected"),
    [
        ({"quality": 20}, {"min_quality": 10}, {}, True),
        ({"quality": 20}, {"min_quality": 10}, {"min_quality": 90}, True),
        ({"quality": 60}, {"min_quality": 90}, {"min_quality": 10}, False),
        ({"quality": 20}, {"min_quality": None}, {}, True),
        ({"quality": 20}, {}, {"min_quality": 10}, True),
        ({"heat": 1}, {"min_heat": 0}, {"min_heat": 5}, True),
        ({"heat": 1}, {}, {"min_heat": 5}, False),
        ({"published_at": NOW - timedelta(days=9)}, {"max_age": "10d"}, {"max_age": "1d"}, True),
        ({"published_at": NOW - timedelta(days=9)}, {"max_age": None}, {"max_age": "1d"}, True),
        ({"published_at": NOW - timedelta(days=9)}, {}, {"max_age": "1d"}, False),
        ({"provider": "A"}, {"providers": ["A"]}, {"providers": ["B"]}, True),
        ({"provider": "A"}, {"providers": []}, {"providers": ["B"]}, True),
        ({"provider": "B"}, {"providers": ["A"]}, {"providers": ["B"]}, False),
        ({"type": "video"}, {"types": ["video"]}, {"types": ["article"]}, True),
        ({"language": "de"}, {"languages": ["de"]}, {"languages": ["en"]}, True),
        ({"language": "de"}, {}, {"languages": ["en"]}, False),
    ],
)
def test_the_feeds_own_value_counts_instead_of_the_sites(
    fields: dict[str, Any],
    feed: dict[str, Any],
    site: dict[str, Any],
    expected: bool,  # noqa: FBT001
) -> None:
    assert taken_by_feed(fields, feed, **site) is expected


@pytest.mark.parametrize(
    ("topics", "feed", "site", "expected"),
    [
        (["AI"], {}, {"include": ["ML"]}, False),
        (["AI", "ML"], {}, {"include": ["ML"]}, True),
        (["ML"], {"include": ["ML"]}, {"include": ["ML"]}, True),
        (["ML"], {"include": ["ML"]}, {"include": ["AI"]}, False),
        (["AI", "Ads"], {"exclude": ["Spam"]}, {"exclude": ["Ads"]}, False),
        (["AI", "Spam"], {"exclude": ["Spam"]}, {"exclude": ["Ads"]}, False),
        (["AI", "Spam"], {"exclude": []}, {"exclude": ["Spam"]}, False),
        (["AI"], {"exclude": ["Spam"]}, {"exclude": ["Ads"]}, True),
    ],
)
def test_include_and_exclude_of_site_and_feed_hold_together(
    topics: list[str],
    feed: dict[str, Any],
    site: dict[str, Any],
    expected: bool,  # noqa: FBT001
) -> None:
    assert taken_by_feed({"topics": topics}, feed, **site) is expected


def test_a_feed_with_a_lower_floor_brings_nothing_into_other_feeds() -> None:
    settings = config(topics={"AI": {"min_quality": 10}})
    weak = article(topics=["AI", "ML"], quality=20)
    assert listed(selected([weak], settings)) == {"all": [], "ai": ["one"]}


def test_no_feed_takes_an_article_of_the_future_whatever_its_rules() -> None:
    early = {"published_at": NOW + MINUTE}
    assert not taken_by_feed(early, {"min_quality": None, "max_age": None, "include": ["AI"]})


@pytest.mark.parametrize(
    ("feed", "site", "shown"), [({}, 3, 3), ({"limit": 2}, 3, 2), ({"limit": 4}, 3, 4), ({"limit": 1}, 1, 1)]
)
def test_limit_is_the_feeds_or_the_sites(feed: dict[str, Any], site: int, shown: int) -> None:
    articles = [article(path=f"{number}.md", topics=["AI"]) for number in range(6)]
    feeds = listed(selected(articles, config(limit=site, topics={"AI": feed})))
    assert (len(feeds["all"]), len(feeds["ai"])) == (site, shown)
