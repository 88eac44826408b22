"""A run that would flood subscribers, or leave them with nothing, is refused; an editor's work is not."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import NOON, NOW, SITE_URL, config, write_article

from feeds.config import Config
from feeds.errors import Flooded, NothingFound
from feeds.library import readback
from feeds.publishing.publish import Orders, publish, rehearse

MANY = 20


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    return tmp_path / "articles"


@pytest.fixture
def settings(articles: Path) -> Config:
    """Twenty articles, published: half of them on AI, an hour between each."""
    for number in range(MANY):
        _write(articles, number)
    return _published(_config(articles))


def _config(articles: Path, **keys: object) -> Config:
    folder = articles.parent
    return config(**{"sources": [articles], "output": folder / "output", "state": folder / "state"} | keys)


def _published(settings: Config) -> Config:
    publish(settings, NOW)
    return settings


def _write(articles: Path, number: int, **fields: object) -> Path:
    given: dict[str, Any] = {
        "topics": ["AI" if number % 2 else "Space"],
        "publishedDateTime": NOON - timedelta(hours=number),
        "provider": {"name": "By Us", "domain": "us.example"},
    }
    return write_article(articles / f"{number:02}.md", **{**given, **fields})


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _ids(settings: Config, slug: str = "all") -> list[str]:
    data = (settings.output / slug / "atom.xml").read_bytes()
    return [entry.id for entry in readback.read_feed(slug, data).entries]


def _refused(settings: Config) -> tuple[str, ...]:
    """What the guard saw; nothing was written, a rehearsal says the same, --allow-flood lets it through."""
    before = _tree(settings.output)
    with pytest.raises(Flooded) as refused:
        publish(settings, NOW)
    assert _tree(settings.output) == before
    warnings = rehearse(settings, NOW).warnings
    assert warnings[-len(refused.value.seen) :] == tuple(
        f"a publish would be refused: {line}" for line in refused.value.seen
    )
    assert str(refused.value).startswith("Nothing was published: too much would change at once.\n  ")
    assert "--allow-flood" in str(refused.value)
    with pytest.raises(Flooded):
        publish(settings, NOW)  # what was refused is not remembered as done
    assert publish(settings, NOW, Orders(allow_flood=True)).outcome == "published"
    assert publish(settings, NOW).written == ()
    return refused.value.seen


def _rename(articles: Path, count: int) -> None:
    """Only the file's name changes, and with it the id: title, date and link stay."""
    for number in range(count):
        old = articles / f"{number:02}.md"
        link = f"https://articles.example/{old.stem}"
        _write(articles, number, webUrl=link, title=f"Title of {old.stem}").rename(
            articles / f"new-{number:02}.md"
        )


def test_more_than_a_fifth_of_other_ids_is_refused(settings: Config, articles: Path) -> None:
    _rename(articles, 5)
    assert _refused(settings) == (
        (
            "5 of 20 standing entries would get another id (did file names, site.id or site.url change?): "
            "tag:feeds.example,2026:00 → tag:feeds.example,2026:new-00, "
            "tag:feeds.example,2026:01 → tag:feeds.example,2026:new-01, "
            "tag:feeds.example,2026:02 → tag:feeds.example,2026:new-02, and 2 more"
        ),
    )


def test_a_fifth_of_other_ids_is_an_editors_work(settings: Config, articles: Path) -> None:
    _rename(articles, 4)
    publish(settings, NOW)
    assert len(_ids(settings)) == MANY


@pytest.mark.parametrize("number", [1, 2])
def test_one_other_id_is_no_flood_however_few_there_are(articles: Path, number: int) -> None:
    for one in range(3):
        _write(articles, one)
    settings = _published(_config(articles))
    _rename(articles, number)
    if number == 1:
        assert publish(settings, NOW).entries == 3
    else:
        assert len(_refused(settings)) == 1


@pytest.mark.usefixtures("settings")
def test_another_site_id_is_refused(articles: Path) -> None:
    (line,) = _refused(_config(articles, site={"url": SITE_URL, "id": "elsewhere.example,2026"}))
    assert line.startswith("20 of 20 standing entries would get another id")


def test_articles_moved_to_another_folder_keep_their_ids(settings: Config, articles: Path) -> None:
    (articles / "2026").mkdir()
    for path in articles.glob("*.md"):
        path.rename(articles / "2026" / path.name)
    assert publish(settings, NOW).written == ()


@pytest.mark.parametrize(("count", "refused"), [(9, False), (10, True), (20, True)])
def test_ten_other_dates_that_are_more_than_a_fifth_are_refused(
    settings: Config,
    articles: Path,
    count: int,
    refused: bool,  # noqa: FBT001
) -> None:
    for number in range(count):
        _write(articles, number, publishedDateTime=NOON - timedelta(days=30, hours=number))
    if not refused:
        publish(settings, NOW)
        return
    (line,) = _refused(settings)
    assert line.startswith(
        f"{count} of 20 standing entries would get another date: "
        "tag:feeds.example,2026:00 (2026-11-14 12:00 → 2026-10-15 12:00), "
    )


def test_ten_other_dates_among_fifty_are_no_flood(articles: Path) -> None:
    for number in range(50):
        _write(articles, number)
    settings = _published(_config(articles))
    for number in range(10):
        _write(articles, number, publishedDateTime=NOON - timedelta(days=30, hours=number))
    publish(settings, NOW)
    _write(articles, 10, publishedDateTime=NOON)
    publish(settings, NOW)


def _unlink(path: Path) -> None:
    path.unlink()


def _unpublish(path: Path) -> None:
    path.write_text(path.read_text().replace("---\n", "---\npublished: false\n", 1))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("leave", [_unlink, _unpublish, _empty], ids=["gone", "unpublished", "emptied"])
def test_more_than_half_leaving_the_site_is_refused(
    settings: Config, articles: Path, leave: Callable[[Path], None]
) -> None:
    for number in range(11):
        leave(articles / f"{number:02}.md")
    line, of_all = _refused(settings)
    assert of_all.startswith("11 of 20 entries of the feed all/ would leave, ")
    assert line.startswith("11 of 20 standing entries would leave, their files gone or unpublished: ")
    assert f"{articles}/00.md, " in line


def test_half_leaving_the_site_is_an_editors_work(settings: Config, articles: Path) -> None:
    for number in range(10):
        (articles / f"{number:02}.md").unlink()
    publish(settings, NOW)
    assert len(_ids(settings)) == 10


def test_more_than_half_leaving_one_feed_is_refused(articles: Path) -> None:
    for number in range(40):
        _write(articles, number, topics=["AI"] if number < 19 else ["Space"])
    settings = _published(_config(articles))
    for number in range(10):
        (articles / f"{number:02}.md").unlink()
    (line,) = _refused(settings)
    assert line.startswith("10 of 19 entries of the feed ai/ would leave, their files gone or unpublished: ")


def test_nine_leaving_are_no_flood_however_few_there_are(articles: Path) -> None:
    for number in range(10):
        _write(articles, number)
    settings = _published(_config(articles))
    for number in range(9):
        (articles / f"{number:02}.md").unlink()
    assert publish(settings, NOW).entries == 1


def test_leaving_by_rules_limit_or_age_never_counts(settings: Config, articles: Path) -> None:
    for keys in (
        {"providers": ["somebody else"]},
        {"min_quality": 90},
        {"limit": 1},
        {"max_age": "1h"},
        {"exclude": ["AI", "Space"]},
    ):
        for number in range(MANY):
            _write(articles, number, quality="60")
        changed = _config(articles, **keys)
        assert publish(changed, NOW).entries <= 2
        publish(_config(articles), NOW)  # and new ones never count
        assert len(_ids(settings)) == MANY


def test_articles_that_change_their_topics_or_break_never_count(settings: Config, articles: Path) -> None:
    for number in range(MANY):
        _write(articles, number, topics=["Elsewhere"])
    publish(settings, NOW)
    for number in range(MANY):
        (articles / f"{number:02}.md").write_text("---\ntitle: [\n")
    report = publish(settings, NOW)
    assert (len(report.rejected), len(_ids(settings))) == (MANY, MANY)


def test_no_article_at_all_is_refused_unless_nothing_stands(settings: Config, articles: Path) -> None:
    for path in articles.glob("*.md"):
        path.unlink()
    with pytest.raises(NothingFound):
        publish(settings, NOW)
    (warning,) = rehearse(settings, NOW).warnings
    assert "no article found, while 20 stand in the feeds" in warning
    assert publish(settings, NOW, Orders(allow_flood=True)).entries == 0
    assert publish(settings, NOW).entries == 0


def test_thresholds_are_the_configs(settings: Config, articles: Path) -> None:
    open_wide = {"ids": {"percent": 100}, "dates": {"percent": 100}, "leaving": {"percent": 100}}
    _rename(articles, 5)
    with pytest.raises(Flooded):
        publish(_config(articles, guard={"ids": {"percent": 24}}), NOW)
    with pytest.raises(Flooded):
        publish(_config(articles, guard={"ids": {"at_least": 5}}), NOW)
    publish(_config(articles, guard={"ids": {"at_least": 6}}), NOW)
    for number in range(5, MANY):
        (articles / f"{number:02}.md").unlink()
    publish(_config(articles, guard=open_wide), NOW)
    assert len(_ids(settings)) == 5


def test_a_flood_is_seen_after_the_library_was_lost(settings: Config, articles: Path) -> None:
    for path in settings.state.glob("*.sqlite*"):
        path.unlink()
    _rename(articles, 5)
    with pytest.raises(Flooded, match="5 of 20 standing entries would get another id"):
        publish(settings, NOW)
