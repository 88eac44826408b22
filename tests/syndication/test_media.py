import pytest
from builders import article, composed, entry

from feeds.syndication.feed import Entry, Media
from feeds.syndication.media import largest, media_type


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://images.example/a.jpg", "image/jpeg"),
        ("https://images.example/a.JPEG", "image/jpeg"),
        ("https://images.example/a.png", "image/png"),
        ("https://images.example/a.gif", "image/gif"),
        ("https://images.example/a.webp", "image/webp"),
        ("https://images.example/a.avif", "image/avif"),
        ("https://images.example/a.svg", "image/svg+xml"),
        ("https://images.example/a.tif", "image/tiff"),
        ("https://images.example/b.tar.png", "image/png"),
        ("https://images.example/a.png?width=300", "image/png"),
        ("https://images.example/a.png#top", "image/png"),
        ("https://images.example/a.png?as=x.jpg", "image/png"),
        ("https://images.example/a%20b%2Ejpg", "image/jpeg"),
        ("https://images.example/resize?url=x.jpg", None),
        ("https://images.example/resize#x.jpg", None),
        ("https://images.example/a.jpg.html", None),
        ("https://images.example/a.jpg/", "image/jpeg"),
        ("https://images.example/a", None),
        ("https://images.example/", None),
        ("https://images.example/.jpg", None),
        ("https://images.jpg/", None),
        ("https://images.jpg", None),
    ],
)
def test_the_suffix_of_the_path_tells_the_type(url: str, expected: str | None) -> None:
    assert media_type(url) == expected


def picture(name: str, width: int = 0, height: int = 0) -> Media:
    return Media(f"https://images.example/{name}", None, width, height)


@pytest.mark.parametrize(
    ("pictures", "wins"),
    [
        ([picture("a", 10, 10), picture("b", 20, 20)], "b"),
        ([picture("a", 20, 20), picture("b", 10, 10)], "a"),
        ([picture("a", 10, 40), picture("b", 20, 20)], "a"),
        ([picture("a", 1, 399), picture("b", 20, 20)], "b"),
        ([picture("a"), picture("b")], "a"),
        ([picture("a", 9000, 0), picture("b", 1, 1)], "b"),
        ([picture("a", 0, 9000), picture("b")], "a"),
        ([picture("a"), picture("b"), picture("c", 1, 1), picture("d", 1, 1)], "c"),
    ],
)
def test_the_picture_of_most_pixels_leads_and_of_equals_the_first(pictures: list[Media], wins: str) -> None:
    lead = largest(pictures)
    assert lead is not None
    assert lead.url == f"https://images.example/{wins}"


def test_of_no_pictures_none_leads() -> None:
    assert largest([]) is None


def of_images(*images: dict[str, object]) -> Entry:
    return composed(article(images=list(images)))


def test_an_entry_has_all_its_pictures_in_their_order_with_all_that_is_known() -> None:
    found = of_images(
        {"url": "https://images.example/a", "alt": "A"},
        {
            "url": "https://images.example/b.jpg",
            "width": 40,
            "height": 30,
            "bytes": 1200,
            "title": "B &amp; b",
        },
    )
    assert found.media == (
        Media("https://images.example/a", None, title="A"),
        Media("https://images.example/b.jpg", "image/jpeg", 40, 30, 1200, "B & b"),
    )
    assert found.lead == found.enclosure == found.media[1]


def test_a_picture_of_unknown_type_leads_and_is_no_enclosure() -> None:
    found = of_images(
        {"url": "https://images.example/resize?url=x.jpg", "width": 90, "height": 90},
        {"url": "https://images.example/small.png", "width": 10, "height": 10},
    )
    assert found.lead == found.media[0]
    assert found.enclosure is None


def test_an_entry_without_pictures_has_neither() -> None:
    assert (entry().lead, entry().enclosure, of_images().media) == (None, None, ())
