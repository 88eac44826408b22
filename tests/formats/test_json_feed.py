import json
from datetime import timedelta
from typing import Any

import pytest
from builders import NOON, entry, feed, rendered

from feeds.syndication.feed import Author, Feed, Media

TEXT = "a < b & c > d \"e\" 'f' \\ &amp; <b>g</b> é \u2028 \U0001f680"


def render(of: Feed) -> bytes:
    return rendered(of, "feed.json")


def document(of: Feed) -> dict[str, Any]:
    found = json.loads(render(of).decode("utf-8"))
    assert isinstance(found, dict)
    return found


def item(**fields: Any) -> dict[str, Any]:
    (found,) = document(feed(entry(**fields)))["items"]
    assert isinstance(found, dict)
    return found


def test_it_is_utf8_without_byte_order_mark() -> None:
    source = render(feed(entry(title="é")))
    assert source.startswith(b"{\n")
    assert source.endswith(b"}\n")
    assert "é".encode() in source


def test_a_feed_says_no_more_than_it_has_to_say() -> None:
    assert document(feed()) == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "News on AI",
        "home_page_url": "https://feeds.example/ai/",
        "feed_url": "https://feeds.example/ai/feed.json",
        "description": "About machines that learn.",
        "authors": [{"name": "Example", "url": "https://feeds.example/"}],
        "language": "en",
        "items": [],
    }


def test_a_feed_names_its_hub_and_its_image() -> None:
    found = document(feed(hub="https://hub.example/", image="https://i.example/l.png"))
    assert found["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    assert found["icon"] == "https://i.example/l.png"


def test_a_feed_of_a_site_without_title_is_by_itself() -> None:
    assert document(feed(site_title=""))["authors"] == [
        {"name": "News on AI", "url": "https://feeds.example/"}
    ]


def test_an_item_says_no_more_than_it_has_to_say() -> None:
    assert item(summary="") == {
        "id": "tag:feeds.example,2026:one",
        "url": "https://articles.example/one",
        "title": "One",
        "content_html": "<p>What it says.</p>",
        "date_published": "2026-11-14T12:00:00Z",
        "date_modified": "2026-11-14T12:00:00Z",
    }


def test_an_item_says_all_that_it_has_to_say() -> None:
    picture = Media("https://i.example/a.png", "image/png", 40, 30, 1200, "A wind park")
    found = item(
        updated=NOON + timedelta(days=1),
        language="de",
        author=Author("The Times", "https://times.example/", "https://i.example/l.png"),
        categories=("C++", "R&D"),
        lead=picture,
        media=(Media("https://i.example/b.png", "image/png"), picture),
    )
    assert found == {
        "id": "tag:feeds.example,2026:one",
        "url": "https://articles.example/one",
        "title": "One",
        "content_html": "<p>What it says.</p>",
        "summary": "What it says.",
        "image": "https://i.example/a.png",
        "date_published": "2026-11-14T12:00:00Z",
        "date_modified": "2026-11-15T12:00:00Z",
        "authors": [
            {"name": "The Times", "url": "https://times.example/", "avatar": "https://i.example/l.png"}
        ],
        "tags": ["C++", "R&D"],
        "language": "de",
        "attachments": [
            {
                "url": "https://i.example/a.png",
                "mime_type": "image/png",
                "title": "A wind park",
                "size_in_bytes": 1200,
            }
        ],
    }


@pytest.mark.parametrize("name", ["title", "summary"])
def test_text_is_as_it_is(name: str) -> None:
    assert item(**{name: TEXT})[name] == TEXT


def test_an_author_of_little_says_little() -> None:
    assert item(author=Author("The Times"))["authors"] == [{"name": "The Times"}]


def test_a_picture_of_unknown_type_is_an_image_and_no_attachment() -> None:
    lead = Media("https://i.example/a", None, 40, 30)
    found = item(lead=lead, media=(lead,))
    assert found["image"] == "https://i.example/a"
    assert "attachments" not in found


def test_an_attachment_says_its_size_only_if_known() -> None:
    lead = Media("https://i.example/a.gif", "image/gif")
    assert item(lead=lead, media=(lead,))["attachments"] == [
        {"url": "https://i.example/a.gif", "mime_type": "image/gif"}
    ]


def test_items_keep_their_order() -> None:
    entries = [entry(id=f"urn:{name}") for name in "bca"]
    assert [found["id"] for found in document(feed(*entries))["items"]] == ["urn:b", "urn:c", "urn:a"]
