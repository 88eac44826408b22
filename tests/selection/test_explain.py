from datetime import timedelta

from builders import NOON, NOW, Selected, article, config, numbered, selected
from hypothesis import given
from hypothesis import strategies as st

from feeds.articles.article import Article
from feeds.config import Config
from feeds.selection.explain import Explanation, Missed, Verdict, explain

DAY = timedelta(days=1)
ARTICLES = st.lists(
    st.fixed_dictionaries(
        {
            "slug": st.sampled_from("stuv"),
            "link": st.sampled_from(["https://a.example/1", "https://a.example/2", "https://a.example/3"]),
            "published_at": st.sampled_from([NOON - 9 * DAY, NOON, NOW + DAY]),
            "topics": st.lists(st.sampled_from(["AI", "ai", "ML", "Ads"]), max_size=3),
            "quality": st.sampled_from([None, 10, 60, 95]),
            "heat": st.sampled_from([None, 1]),
            "language": st.sampled_from(["", "en-GB", "de"]),
            "type": st.sampled_from(["article", "video"]),
            "provider": st.sampled_from([None, {"name": "The Times", "domain": "times.example"}]),
        }
    ),
    max_size=6,
).map(numbered)
CONFIGS = st.sampled_from(
    [
        config(),
        config(limit=1, exclude=["Ads"], languages=["en"]),
        config(min_quality=None, min_heat=5, max_age="20d", types=["article"]),
        config(
            topics={"AI": {"min_quality": 90, "exclude": ["ML"]}, "Quiet": {"providers": ["The Times"]}},
            feeds={
                "Both": {"include": ["AI", "ML"], "providers": ["times.example"]},
                "Calm": {"exclude": ["AI"]},
            },
        ),
    ]
)


def explained(one: Article, chosen: Selected) -> Explanation:
    return explain(chosen.library, one.path, chosen.selection)


def verdicts(one: Article, chosen: Selected) -> dict[str, Verdict]:
    return {verdict.slug: verdict for verdict in explained(one, chosen).verdicts}


@given(articles=ARTICLES, settings=CONFIGS)
def test_the_word_on_every_article_agrees_with_what_is_listed(
    articles: list[Article], settings: Config
) -> None:
    chosen = selected(articles, settings)
    whole = selected(articles, settings.model_copy(update={"limit": 1000}))
    ranked = {feed.spec.slug: [member.path for member in feed.articles] for feed in whole.feeds}
    lost = {problem.path for problem in chosen.rejected}
    for one in articles:
        taken = one.path not in lost and any(chosen.admits(spec, one.path) for spec in chosen.specs)
        winner = chosen.carried_by.get(one.path, one.path) if taken else None
        said = verdicts(one, chosen)
        for feed in chosen.feeds:
            slug, shown = feed.spec.slug, [member.path for member in feed.articles]
            is_listed = winner is not None and winner in shown
            assert (slug in said and said[slug].is_in) is is_listed
            if winner is not None and winner in ranked[slug]:
                assert said[slug].place == 1 + ranked[slug].index(winner)
        assert not [slug for slug, verdict in said.items() if verdict.is_in and slug not in ranked]


@given(articles=ARTICLES, settings=CONFIGS)
def test_each_reason_names_a_rule_that_fails_and_no_failing_rule_is_left_out(
    articles: list[Article], settings: Config
) -> None:
    chosen = selected(articles, settings)
    specs = {spec.slug: spec for spec in chosen.specs}
    lost = {problem.path for problem in chosen.rejected}
    for one in articles:
        for slug, verdict in verdicts(one, chosen).items():
            failing = [rule for rule in specs[slug].all_rules if not chosen.admitted_by(rule, one.path)]
            if verdict.place is None:
                assert [(missed.rule, missed.asks) for missed in verdict.missed] == [
                    (rule.name, rule.asks) for rule in failing
                ]
                assert failing or one.path in lost
            else:
                assert verdict.missed == ()


def test_a_reason_says_what_is_asked_and_what_there_is() -> None:
    one = article(
        topics=["AI", "Ads"],
        quality=20,
        published_at=NOW + DAY,
        language="de",
        type="video",
        provider={"name": "The Times", "domain": "times.example"},
        heat=1,
    )
    settings = config(
        include=["Space"],
        exclude=["Ads"],
        min_heat=2,
        providers=["Echo"],
        types=["article"],
        languages=["en"],
    )
    assert verdicts(one, selected([one], settings))["all"].missed == (
        Missed("published", "published by 2026-11-22 12:00 UTC", "2026-11-23 12:00 UTC"),
        Missed("site's include", "the topic Space", "AI, Ads"),
        Missed("site's exclude", "none of the topics Ads", "AI, Ads"),
        Missed("min_quality", "quality of at least 50, where it is given", "20"),
        Missed("min_heat", "heat of at least 2, where it is given", "1"),
        Missed("providers", "one of Echo", "The Times / times.example"),
        Missed("types", "one of article", "video"),
        Missed("languages", "one of en", "de"),
    )


def test_an_old_article_is_told_since_when_the_feed_counts() -> None:
    one = article(published_at=NOW - 3 * DAY)
    (missed,) = verdicts(one, selected([one], config(max_age="1d")))["all"].missed
    assert missed == Missed("max_age", "published since 2026-11-21 12:00 UTC", "2026-11-19 12:00 UTC")


def test_feeds_of_other_topics_have_no_word() -> None:
    ai, ml = article(path="ai.md", topics=["AI"]), article(path="ml.md", topics=["ML"])
    settings = config(feeds={"Both": {"include": ["AI", "ML"]}, "Neither": {"exclude": ["AI", "ML"]}})
    assert list(verdicts(ai, selected([ai, ml], settings))) == ["all", "ai", "both", "neither"]


def test_past_the_limit_the_place_is_told() -> None:
    articles = [article(path=f"{number}.md", published_at=NOON - number * DAY) for number in range(3)]
    verdict = verdicts(articles[2], selected(articles, config(limit=2)))["all"]
    assert (verdict.place, verdict.limit, verdict.is_in, verdict.missed) == (3, 2, False, ())


def test_a_twin_is_told_who_stands_for_it() -> None:
    link = "https://articles.example/same"
    first, second = (article(path=path, link=link, topics=[path[0]]) for path in ("a.md", "b.md"))
    selection = selected([first, second])
    explanation = explained(second, selection)
    assert explanation.carried_by == first.path
    assert {verdict.slug: verdict.place for verdict in explanation.verdicts} == {"all": 1, "a": 1, "b": 1}
    assert explained(first, selection).carried_by is None


def test_an_article_that_misses_the_floor_is_in_a_feed_by_its_twin_and_misses_nothing() -> None:
    link = "https://articles.example/same"
    weak, good = (article(path=path, link=link, topics=["Best"], quality=60) for path in ("a.md", "b.md"))
    good = good.model_copy(update={"quality": 95})
    settings = config(topics={"Best": {"min_quality": 90}})
    assert verdicts(weak, selected([weak, good], settings))["best"] == Verdict("best", "Best", 50, 1)
    alone = verdicts(weak, selected([weak], settings))["best"]
    assert (alone.is_in, [missed.rule for missed in alone.missed]) == (False, ["min_quality"])


def test_a_file_that_lost_its_id_is_in_no_feed_for_no_rule() -> None:
    keeps, goes = (article(path=path, link=f"https://a.example/{path}") for path in ("a/one.md", "b/one.md"))
    assert verdicts(goes, selected([keeps, goes])) == {"all": Verdict("all", "", 50, None, ())}
