from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from builders import (
    NOON,
    NOW,
    Selected,
    Stands,
    article,
    config,
    identity,
    listed,
    numbered,
    selected,
    slugs,
    standing_entry,
    standing_feed,
)
from hypothesis import given
from hypothesis import strategies as st

from feeds.articles.article import Article
from feeds.articles.problem import Rejected
from feeds.config import Config
from feeds.selection.explain import NO_LIMIT, explain
from feeds.selection.selector import top
from feeds.text import same

LINK = "https://articles.example/same"
DAY = timedelta(days=1)


def twin(path: str, **fields: Any) -> Article:
    """An article with the same link as every other twin."""
    return article(path=path, link=LINK, **fields)


def test_newest_first_then_by_link() -> None:
    articles = [
        article(path="old.md", published_at=NOON - DAY, link="https://a.example/"),
        article(path="z.md", link="https://z.example/"),
        article(path="y.md", link="https://b.example/"),
        article(path="new.md", published_at=NOON + DAY, link="https://zz.example/"),
    ]
    for order in permutations(articles):
        assert listed(selected(order))["all"] == ["new", "y", "z", "old"]


def test_what_is_past_the_limit_is_known_in_order() -> None:
    articles = [article(path=f"{number}.md", published_at=NOON - number * DAY) for number in range(5)]
    chosen = selected(reversed(articles), config(limit=2))
    (everything,) = chosen.feeds
    assert slugs(chosen, everything.articles) == ["0", "1"]
    assert slugs(chosen, top(chosen.library, everything.spec, NO_LIMIT)) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("articles", "winner"),
    [
        ([twin("a.md", published_at=NOON), twin("b.md", published_at=NOON - DAY)], "b"),
        ([twin("b.md"), twin("a.md")], "a"),
        ([twin("x/b.md"), twin("x-y/a.md")], "a"),
        ([twin("c.md"), twin("b.md"), twin("a.md", published_at=NOON + DAY)], "b"),
    ],
)
def test_of_twins_the_earliest_is_the_entry_then_the_one_of_the_smaller_path(
    articles: list[Article], winner: str
) -> None:
    for order in permutations(articles):
        assert listed(selected(order))["all"] == [winner]


def test_of_twins_the_standing_one_is_the_entry() -> None:
    early, late = twin("early.md", published_at=NOON - DAY, topics=["AI"]), twin("late.md", topics=["ML"])
    stands = [standing_feed("all", "", standing_entry(late, config()))]
    for order in permutations([early, late]):
        assert listed(selected(order, stands=stands)) == {"all": ["late"], "ai": ["late"], "ml": ["late"]}


def test_an_entry_is_in_the_feeds_of_all_its_twins_once_and_carries_their_topics() -> None:
    first = twin("first.md", published_at=NOON - DAY, topics=["AI", "Space"])
    second = twin("second.md", topics=["ml", "AI"])
    selection = selected([second, first])
    assert listed(selection) == {"all": ["first"], "ai": ["first"], "ml": ["first"], "space": ["first"]}
    assert selection.topics == {"first.md": ("AI", "Space", "ml")}
    assert selection.carried_by == {"first.md": "first.md", "second.md": "first.md"}
    assert selection.selection.selected == 2
    assert selection.rejected == ()


def test_topics_of_twins_come_in_the_order_of_the_twins() -> None:
    twins = [
        twin("c.md", published_at=NOON - DAY, topics=["Winner"]),
        twin("b.md", published_at=NOON, topics=["Later"]),
        twin("a.md", published_at=NOON + DAY, topics=["Latest", "Winner"]),
    ]
    for order in permutations(twins):
        assert selected(order).topics == {"c.md": ("Winner", "Later", "Latest")}


def test_an_entry_enters_the_feed_of_a_twin_whose_floor_it_misses_itself() -> None:
    settings = config(topics={"Best": {"min_quality": 90}})
    entry = twin("entry.md", published_at=NOON - DAY, topics=["Best", "AI"], quality=60)
    better = twin("better.md", topics=["Best"], quality=95)
    assert listed(selected([entry], settings)) == {"all": ["entry"], "ai": ["entry"], "best": []}
    feeds = listed(selected([entry, better], settings))
    assert feeds == {"all": ["entry"], "ai": ["entry"], "best": ["entry"]}


def test_a_twin_that_no_feed_takes_is_none() -> None:
    weak = twin("weak.md", published_at=NOON - DAY, topics=["AI"], quality=10)
    good = twin("good.md", topics=["ML"])
    assert listed(selected([weak, good])) == {"all": ["good"], "ml": ["good"]}


@pytest.mark.parametrize("paths", [("a/one.md", "b/one.md"), ("a-b/one.md", "a/one.md")])
def test_of_two_files_with_one_id_the_one_of_the_smaller_path_is_taken(paths: tuple[str, str]) -> None:
    keeps, goes = paths
    articles = [article(path=path, link=f"https://articles.example/{path}") for path in paths]
    for order in permutations(articles):
        selection = selected(order)
        assert [one.path for one in selection.feeds[0].articles] == [keeps]
        assert selection.rejected == (
            Rejected(
                goes, None, "", "a file name of its own (the id is tag:feeds.example,2026:one)", f"{keeps}'s"
            ),
        )
        assert keeps in str(selection.rejected[0])
        assert goes in str(selection.rejected[0])


def test_of_two_files_with_one_id_the_standing_one_is_taken() -> None:
    articles = [
        article(path=path, link=f"https://articles.example/{path}") for path in ("a/one.md", "b/one.md")
    ]
    stands = [standing_feed("all", "", standing_entry(articles[1], config()))]
    for order in permutations(articles):
        selection = selected(order, stands=stands)
        assert [one.path for one in selection.feeds[0].articles] == ["b/one.md"]
        assert [(one.path, one.found) for one in selection.rejected] == [("a/one.md", "b/one.md's")]


def test_two_files_with_one_id_and_one_link_are_still_two_files_with_one_id() -> None:
    selection = selected([twin("b/one.md", slug="one"), twin("a/one.md", slug="one")])
    assert [one.path for one in selection.rejected] == ["b/one.md"]


def test_a_file_that_no_feed_takes_costs_nobody_the_id() -> None:
    weak = article(path="a/one.md", quality=10)
    good = article(path="b/one.md", link="https://articles.example/b")
    selection = selected([weak, good])
    assert [one.path for one in selection.feeds[0].articles] == ["b/one.md"]
    assert selection.rejected == ()


def test_an_id_of_its_own_can_be_had_twice_too() -> None:
    articles = [article(path=path, id="urn:isbn:1") for path in ("a.md", "b.md")]
    assert [one.path for one in selected(articles).rejected] == ["b.md"]


# Small values from small sets, so that ids, links, topics and floors meet.
ARTICLES = st.lists(
    st.fixed_dictionaries(
        {
            "slug": st.sampled_from("stuv"),
            "link": st.sampled_from(["https://a.example/1", "https://a.example/2", "https://a.example/3"]),
            "published_at": st.sampled_from([NOON - DAY, NOON, NOW, NOW + DAY]),
            "topics": st.lists(st.sampled_from(["AI", "ai", "ML", "A I", "a-i", "all"]), max_size=3),
            "quality": st.sampled_from([None, 10, 50, 90]),
        }
    ),
    max_size=7,
).map(numbered)
CONFIGS = st.sampled_from(
    [
        config(),
        config(limit=1, min_quality=None),
        config(exclude=["ML"], topics={"AI": {"min_quality": 10}, "Quiet": {}}),
        config(feeds={"Both": {"include": ["AI", "ML"], "min_quality": 90}, "Calm": {"exclude": ["AI"]}}),
    ]
)


def outcome(chosen: Selected) -> object:
    return (
        [(one.slug, one.name) for one in chosen.specs],
        [[one.path for one in feed.articles] for feed in chosen.feeds],
        [explain(chosen.library, path, chosen.selection) for path in sorted(chosen.articles)],
        chosen.selection.selected,
        chosen.topics,
        chosen.carried_by,
        sorted(chosen.rejected),
        chosen.warnings,
    )


def everything(articles: list[Article], settings: Config) -> Selected:
    """What is chosen where there is no limit."""
    return selected(articles, settings.model_copy(update={"limit": 1000}))


def stood(before: list[Article], settings: Config) -> list[Stands]:
    """The feed of all topics, as it was written when there were other articles."""
    return [standing_feed("all", "", *(standing_entry(one, settings) for one in before))]


@given(data=st.data(), articles=ARTICLES, settings=CONFIGS, before=ARTICLES)
def test_the_outcome_does_not_depend_on_the_order_of_articles(
    data: st.DataObject, articles: list[Article], settings: Config, before: list[Article]
) -> None:
    shuffled = data.draw(st.permutations(articles))
    stands = stood(before, settings)
    expected = outcome(selected(articles, settings, stands))
    assert outcome(selected(shuffled, settings, stands)) == expected
    assert outcome(selected(shuffled, settings, stands, one_by_one=True)) == expected


@given(articles=ARTICLES, settings=CONFIGS)
def test_a_feed_shows_what_it_admits_or_whose_twin_it_admits(
    articles: list[Article], settings: Config
) -> None:
    chosen = everything(articles, settings)
    lost = {one.path for one in chosen.rejected}
    limited = {feed.spec.slug: feed for feed in selected(articles, settings).feeds}
    assert limited.keys() == {feed.spec.slug for feed in chosen.feeds}
    for feed in chosen.feeds:
        taken = [one for one in articles if chosen.admits(feed.spec, one.path) and one.path not in lost]
        assert {one.link for one in feed.articles} == {one.link for one in taken}
        shown = limited[feed.spec.slug].articles
        assert len(shown) <= settings.limit
        assert [one.path for one in shown] == [one.path for one in feed.articles[: settings.limit]]


@given(articles=ARTICLES, settings=CONFIGS)
def test_all_articles_that_a_feed_takes_are_counted_but_for_those_that_lost_their_id(
    articles: list[Article], settings: Config
) -> None:
    chosen = selected(articles, settings)
    taken = {one.path for one in articles for spec in chosen.specs if chosen.admits(spec, one.path)}
    assert chosen.selection.selected == len(taken - {one.path for one in chosen.rejected})


@given(articles=ARTICLES, settings=CONFIGS)
def test_no_id_and_no_link_is_twice_in_a_feed_and_every_feed_has_its_folder(
    articles: list[Article], settings: Config
) -> None:
    chosen = everything(articles, settings)
    folders = [feed.spec.slug for feed in chosen.feeds]
    assert len(folders) == len(set(folders))
    for feed in chosen.feeds:
        shown = [chosen.articles[one.path] for one in feed.articles]
        assert len({one.link for one in shown}) == len(shown)
        assert len({identity(one, settings.site) for one in shown}) == len(shown)


@given(articles=ARTICLES, settings=CONFIGS)
def test_a_link_has_the_same_entry_with_the_same_topics_in_all_feeds(
    articles: list[Article], settings: Config
) -> None:
    chosen = everything(articles, settings)
    shown = {one.link: one.path for feed in chosen.feeds for one in feed.articles}
    assert {(one.link, one.path) for feed in chosen.feeds for one in feed.articles} == set(shown.items())
    lost = {one.path for one in chosen.rejected}
    topics: dict[str, set[str]] = {path: set() for path in shown.values()}
    for one in articles:
        if one.path not in lost and any(chosen.admits(spec, one.path) for spec in chosen.specs):
            topics[shown[one.link]].update(map(same, one.topics))
    assert {path: set(map(same, names)) for path, names in chosen.topics.items()} == topics
