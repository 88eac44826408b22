from itertools import permutations
from pathlib import Path

import pytest
from builders import Selected, article, config, listed, selected, standing_entry, standing_feed
from hypothesis import given
from hypothesis import strategies as st

from feeds import config as config_file
from feeds.articles.article import Article
from feeds.config import Config
from feeds.selection.slugs import fingerprint
from feeds.text import folded, same


def on(*topics: str) -> list[Article]:
    """An article for each topic."""
    return [article(path=f"seeds/{number}.md", topics=[topic]) for number, topic in enumerate(topics)]


def names(selection: Selected) -> dict[str, str]:
    """Slug of each feed → the name under which it is shown."""
    return {one.spec.slug: one.spec.name for one in selection.feeds}


def settling_line(warning: str) -> str:
    return warning.partition("the config line that settles it: ")[2]


def test_every_topic_found_gets_a_feed_beside_the_one_for_all() -> None:
    articles = [article(path="1.md", topics=["AI", "C++"]), article(path="2.md"), *on("Café")]
    assert listed(selected(articles)) == {
        "all": ["0", "1", "2"],
        "ai": ["1"],
        "c-plus-plus": ["1"],
        "cafe": ["0"],
    }


def test_no_article_gives_the_empty_feed_for_all() -> None:
    assert listed(selected([])) == {"all": []}


def test_feeds_come_in_the_order_of_names_after_the_one_for_all() -> None:
    selection = selected(on("zebra", "Äpfel", "apple", "Zoo"))
    assert list(names(selection).values()) == ["", "apple", "zebra", "Zoo", "Äpfel"]


@pytest.mark.parametrize(
    ("spellings", "shown"),
    [
        (["AI", "ai", "Ai"], "AI"),
        (["ai", "Ai"], "Ai"),
        (["Straße", "STRASSE"], "STRASSE"),
        (["Cafe\u0301", "Café"], "Café"),
        (["cafe\u0301", "CAFÉ"], "CAFÉ"),
        (["e\u0301", "É"], "É"),
        (["ΟΔΟΣ", "οδος", "οδοσ"], "ΟΔΟΣ"),
    ],
)
def test_topics_equal_but_for_case_and_composition_are_one_named_by_the_first_by_code_point(
    spellings: list[str], shown: str
) -> None:
    for order in permutations(spellings):
        selection = selected(on(*order))
        assert list(names(selection).values()) == ["", shown]
        assert [len(one.articles) for one in selection.feeds] == [len(spellings)] * 2
        assert set(selection.topics.values()) == {(shown,)}
        assert selection.warnings == ()


def test_a_topic_is_spelled_as_it_stands_rather_than_as_it_was_found() -> None:
    stands = [standing_feed("ai", "aI")]
    assert names(selected(on("AI", "ai"), stands=stands)) == {"all": "", "ai": "aI"}


def test_a_topic_is_spelled_as_in_the_config_rather_than_as_it_stands() -> None:
    stands = [standing_feed("ai", "aI")]
    selection = selected(on("AI", "ai"), config(topics={"Ai": {}}), stands)
    assert names(selection) == {"all": "", "ai": "Ai"}


def test_a_topic_of_the_config_has_a_feed_while_it_has_no_article() -> None:
    assert listed(selected([], config(topics={"Quiet": None}))) == {"all": [], "quiet": []}


def test_a_topic_whose_articles_are_all_held_back_by_rules_has_no_feed() -> None:
    weak = article(path="weak.md", topics=["Weak"], quality=10)
    assert listed(selected([weak])) == {"all": []}


@pytest.mark.parametrize("name", ["all", "All", "ALL", "-all-"])
def test_all_is_reserved(name: str) -> None:
    selection = selected(on(name))
    slug = f"all-{fingerprint(name)}"
    assert names(selection) == {"all": "", slug: name}
    (warning,) = selection.warnings
    assert warning.startswith(f"{name!r} wants the folder 'all' of the feed of all topics and got {slug!r}")


def test_of_two_topics_with_one_slug_the_first_by_code_point_keeps_it() -> None:
    slug = f"ai-ml-{fingerprint('AI/ML')}"
    for order in permutations(["AI & ML", "AI/ML"]):
        selection = selected(on(*order))
        assert names(selection) == {"all": "", "ai-ml": "AI & ML", slug: "AI/ML"}
        (warning,) = selection.warnings
        assert warning.startswith(f"'AI/ML' wants the folder 'ai-ml' of 'AI & ML' and got '{slug}'; ")
        assert settling_line(warning) == f'topics: {{"AI/ML": {{slug: {slug}}}}}'


def test_every_one_of_many_topics_with_one_slug_gets_a_folder() -> None:
    spellings = ["a b", "a-b", "a.b", "a/b", "a_b"]
    selection = selected(on(*spellings))
    assert sorted(names(selection).values()) == ["", *spellings]
    assert [settling_line(one)[9:14] for one in selection.warnings] == [
        f'"{name}"' for name in sorted(spellings)[1:]
    ]


@pytest.mark.parametrize("stays", ["AI & ML", "AI/ML", "ai/ml"])
def test_of_two_topics_with_one_slug_the_standing_one_keeps_it(stays: str) -> None:
    stands = [standing_feed("ai-ml", stays)]
    for order in permutations(["AI & ML", "AI/ML"]):
        selection = selected(on(*order), stands=stands)
        assert same(names(selection)["ai-ml"]) == same(stays)
        assert len(selection.warnings) == 1


def test_a_topic_keeps_the_slug_under_which_it_stands() -> None:
    stands = [standing_feed("ai-ml", "AI/ML"), standing_feed("odd", "C++")]
    selection = selected(on("C++", "AI/ML"), stands=stands)
    assert names(selection) == {"all": "", "ai-ml": "AI/ML", "odd": "C++"}
    assert selection.warnings == ()


def test_both_topics_keep_their_folders_in_the_next_run() -> None:
    articles = on("AI & ML", "AI/ML")
    first = names(selected(articles))
    stands = [*(standing_feed(slug, name) for slug, name in first.items())]
    assert names(selected(articles, stands=stands)) == first


def test_the_folder_of_a_vanished_topic_is_not_given_to_another() -> None:
    stands = [standing_feed("ai-ml", "AI & ML")]
    selection = selected(on("AI/ML"), stands=stands)
    assert names(selection) == {"all": "", f"ai-ml-{fingerprint('AI/ML')}": "AI/ML"}
    assert "of 'AI & ML'" in selection.warnings[0]


def test_a_topic_that_comes_back_gets_its_folder_back() -> None:
    stands = [standing_feed("ai-ml", "AI/ML"), standing_feed("all", "")]
    assert names(selected(on("AI & ML", "ai/ml"), stands=stands))["ai-ml"] == "AI/ML"


def test_the_slug_of_the_config_wins_over_the_standing_one() -> None:
    settings = config(topics={"AI": {"slug": "machines"}})
    selection = selected(on("AI"), settings, [standing_feed("ai", "AI")])
    assert names(selection) == {"all": "", "machines": "AI"}


def test_the_slug_of_the_config_wins_over_another_topic_that_stands_there() -> None:
    settings = config(topics={"Sky": {"slug": "ai"}})
    selection = selected(on("AI", "Sky"), settings, [standing_feed("ai", "AI")])
    assert names(selection) == {"all": "", "ai": "Sky", f"ai-{fingerprint('AI')}": "AI"}
    assert len(selection.warnings) == 1


@given(
    spellings=st.lists(
        st.text(alphabet='Aa-. "\\:{}[],#&*!|>%@`~日é\u0301\U0001f680', min_size=1, max_size=6)
        .map(folded)
        .filter(bool),
        min_size=2,
        max_size=6,
    )
)
def test_the_config_lines_of_warnings_settle_them(
    spellings: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    articles = on(*spellings)
    before = selected(articles)
    lines = [settling_line(warning) for warning in before.warnings]
    path = tmp_path_factory.mktemp("config") / "feeds.yaml"
    path.write_text(_joined(lines), encoding="utf-8")
    after = selected(articles, config_file.load(path, {}))
    assert names(after) == names(before)
    assert listed(after) == listed(before)
    assert after.warnings == ()


def _joined(lines: list[str]) -> str:
    """The lines as an editor would put them into one file, whose keys may stand once."""
    return "topics:\n" + "".join(f"  {line.removeprefix('topics: {').removesuffix('}')}\n" for line in lines)


@pytest.mark.parametrize("line_of", ["topic", "feed", "feed that includes a topic of its own name"])
def test_the_config_line_of_a_warning_stands_alone(line_of: str, tmp_path: Path) -> None:
    keys = {
        "topic": {},
        "feed": {"feeds": {"a b": {"include": ["A"]}}},
        "feed that includes a topic of its own name": {"feeds": {"a b": {"include": ["a b", "A"]}}},
    }[line_of]
    articles = on("A B!", "a-b", "A", "a b")
    before = selected(articles, config(**keys))
    line = next(settling_line(one) for one in before.warnings if one.startswith("'a b'"))
    path = tmp_path / "feeds.yaml"
    path.write_text(line + "\n", encoding="utf-8")
    loaded = config_file.load(path, {})
    section = loaded.topics if line_of == "topic" else loaded.feeds
    slug = {name: slug for slug, name in names(before).items()}["a b"]
    assert {name: one.slug for name, one in section.items()} == {"a b": slug}


def test_a_named_feed_combines_topics() -> None:
    settings = config(feeds={"Front page": {"include": ["ai", "Space"], "exclude": ["Rumours"]}})
    articles = [
        article(path="ai.md", topics=["AI"]),
        article(path="space.md", topics=["space", "Physics"]),
        article(path="rumour.md", topics=["AI", "RUMOURS"]),
        article(path="physics.md", topics=["Physics"]),
    ]
    assert listed(selected(articles, settings))["front-page"] == ["ai", "space"]


def test_a_named_feed_without_include_takes_every_topic() -> None:
    settings = config(feeds={"Calm": {"exclude": ["Rumours"]}})
    articles = [article(path="none.md"), *on("AI", "Rumours")]
    assert listed(selected(articles, settings))["calm"] == ["0", "none"]


def test_a_topic_can_take_in_others() -> None:
    settings = config(topics={"AI": {"include": ["ML"]}})
    assert listed(selected(on("AI", "ML"), settings)) == {"all": ["0", "1"], "ai": ["0", "1"], "ml": ["1"]}


def test_a_named_feed_stands_in_for_a_topic_of_its_name() -> None:
    settings = config(feeds={"AI": {"include": ["AI", "ML"]}})
    selection = selected(on("ai", "ML"), settings)
    assert listed(selection) == {"all": ["0", "1"], "ai": ["0", "1"], "ml": ["1"]}
    assert names(selection)["ai"] == "AI"


def test_an_entry_names_its_topics_as_their_feeds_do() -> None:
    settings = config(topics={"Machine learning": {}})
    one = article(topics=["MACHINE LEARNING", "Zoo", "ai"])
    selection = selected([one, *on("AI")], settings)
    assert selection.topics[one.path] == ("Machine learning", "Zoo", "AI")


def test_standing_entries_alone_make_no_topic() -> None:
    gone = article(path="gone.md", topics=["Gone"])
    stands = [standing_feed("gone", "Gone", standing_entry(gone, Config()))]
    assert listed(selected([], stands=stands)) == {"all": []}
