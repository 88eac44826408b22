"""What feedgen does wrong, one defect a test; one that fails says that feedgen mended itself."""

from datetime import UTC, datetime
from typing import Any

import pytest
from builders import NOON
from feedgen.feed import FeedGenerator
from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"


def generator(**links: str) -> Any:
    """Plain feedgen with all that it insists on."""
    made = FeedGenerator()
    made.id("tag:feeds.example,2026:feed/ai")
    made.title("AI")
    made.description("On AI")
    made.link(href="https://feeds.example/ai/", rel="alternate")
    made.link(href="https://feeds.example/ai/rss.xml", rel="self")
    for rel, href in links.items():
        made.link(href=href, rel=rel)
    return made


def entry_of(made: Any) -> Any:
    item = made.add_entry()
    item.id("tag:feeds.example,2026:one")
    item.title("One")
    item.link(href="https://articles.example/one", rel="alternate")
    item.updated(NOON)
    return item


def channel(made: Any) -> etree._Element:
    found = etree.fromstring(made.rss_str()).find("channel")
    assert found is not None
    return found


def atom(made: Any) -> etree._Element:
    return etree.fromstring(made.atom_str())


def test_links_of_an_atom_entry_lose_rel_type_and_length() -> None:
    made = generator()
    item = entry_of(made)
    item.link(href="https://i.example/a.png", rel="enclosure", type="image/png", length="1200")
    links = atom(made).findall(f"{ATOM}entry/{ATOM}link")
    assert [dict(link.attrib) for link in links] == [
        {"href": "https://articles.example/one"},
        {"href": "https://i.example/a.png"},
    ]


def test_hub_never_reaches_rss() -> None:
    made = generator(hub="https://hub.example/")
    assert [link.get("rel") for link in atom(made).iter(f"{ATOM}link")] == ["alternate", "self", "hub"]
    assert [link.get("rel") for link in channel(made).iter(f"{ATOM}link")] == ["self"]


def test_the_channel_link_of_rss_is_the_last_one_whatever_its_rel() -> None:
    assert channel(generator()).findtext("link") == "https://feeds.example/ai/rss.xml"
    assert channel(generator(hub="https://hub.example/")).findtext("link") == "https://hub.example/"


def test_an_author_without_mail_address_vanishes_in_rss() -> None:
    made = generator()
    entry_of(made).author({"name": "The Times"})
    assert b"The Times" in made.atom_str()
    assert b"The Times" not in made.rss_str()


def test_entries_come_in_reverse_unless_told_otherwise() -> None:
    made = generator()
    for number in "12":
        entry_of(made).title(number)
    assert [title.text for title in atom(made).iterfind(f"{ATOM}entry/{ATOM}title")] == ["2", "1"]


def test_what_is_not_dated_is_dated_with_the_clock() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    made = generator()
    updated = datetime.fromisoformat(atom(made).findtext(f"{ATOM}updated") or "")
    assert before <= updated <= datetime.now(UTC)
    assert channel(made).findtext("lastBuildDate") is not None


def test_a_second_enclosure_replaces_the_first_in_rss() -> None:
    made = generator()
    item = entry_of(made)
    for name in "ab":
        item.enclosure(f"https://i.example/{name}.png", "0", "image/png")
    enclosures = channel(made).findall("item/enclosure")
    assert [enclosure.get("url") for enclosure in enclosures] == ["https://i.example/b.png"]


def test_a_single_picture_is_put_into_a_group() -> None:
    made = generator()
    made.load_extension("media")
    entry_of(made).media.content(url="https://i.example/a.png")
    media = "{http://search.yahoo.com/mrss/}"
    assert channel(made).find(f"item/{media}group/{media}content") is not None
    assert channel(made).find(f"item/{media}content") is None


def test_content_without_description_becomes_the_description_in_rss() -> None:
    made = generator()
    entry_of(made).content("<p>Body</p>")
    item = channel(made).find("item")
    assert item is not None
    assert item.findtext("description") == "<p>Body</p>"
    assert item.find("{http://purl.org/rss/1.0/modules/content/}encoded") is None


def test_titles_of_atom_do_not_state_their_type() -> None:
    made = generator()
    entry_of(made)
    titles = list(atom(made).iter(f"{ATOM}title"))
    assert [dict(title.attrib) for title in titles] == [{}, {}]


def test_one_control_character_costs_the_whole_feed() -> None:
    made = generator()
    entry_of(made).title("a\x01b")
    for render in (made.atom_str, made.rss_str):
        with pytest.raises(ValueError, match="XML compatible"):
            render()


def test_an_entry_cannot_say_its_language() -> None:
    assert not hasattr(entry_of(generator()), "language")
