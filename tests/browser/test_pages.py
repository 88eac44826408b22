from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urldefrag

import html5lib
import pytest
from browser.page_reader import Reader, Website, read
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]
FEED_TYPES = {
    "rss.xml": "application/rss+xml",
    "atom.xml": "application/atom+xml",
    "feed.json": "application/feed+json",
}
LINKS = "links => links.map(link => link.href)"
FOCUSED = "() => document.activeElement.href ?? document.activeElement.localName"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
STICKING_OUT = """() => [...document.querySelectorAll('body *')].filter(element => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.bottom > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5);
}).map(element => element.outerHTML.slice(0, 200))"""
AXE_RUN = """async () => {
    const options = {preload: false, rules: {'target-size': {enabled: true}}};
    const {violations, passes} = await axe.run(document, options);
    const where = rule => rule.nodes.map(node => node.html + node.failureSummary);
    const told = violations.map(rule => [rule.id, ...where(rule)]);
    return {violations: told, passes: passes.map(rule => rule.id)};
}"""


@pytest.fixture(scope="module")
def axe(node_modules: Path) -> str:
    return (node_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def test_every_page_is_valid_html(website: Website) -> None:
    for path in website.paths:
        source = (website.folder / path / "index.html").read_bytes()
        tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(source)
        ids = [element.get("id") for element in tree.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), path


def test_outline_has_one_h1_and_no_gap(reader: Reader) -> None:
    for path in reader.website.paths:
        page = reader.open(path)
        levels = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all("all => all.map(e => +e.localName[1])")
        assert levels.count(1) == 1, path
        assert levels[0] == 1, path
        assert all(below - above <= 1 for above, below in pairwise(levels)), path


def test_autodiscovery_leads_to_the_three_feeds(reader: Reader) -> None:
    canonical = _canonical(reader)
    for path in reader.website.paths:
        page = reader.open(path)
        links = page.locator("link[rel=alternate]").evaluate_all(
            "links => links.map(link => [link.type, link.getAttribute('href'), link.title])"
        )
        assert [type_ for type_, _, _ in links] == list(FEED_TYPES.values()), path
        for type_, address, title in links:
            assert address.startswith(canonical + (path or "all/"))
            assert title
            response = page.request.get(reader.website.here(address, canonical))
            assert response.status == 200, address
            assert response.headers["content-type"] == type_, address


def test_links_between_pages_lead_somewhere(reader: Reader) -> None:
    seen = set()
    for path in reader.website.paths:
        links = reader.open(path).locator("a[href]").evaluate_all(LINKS)
        seen |= {urldefrag(link).url for link in links if link.startswith(reader.website.url)}
    for link in seen:
        assert reader.page.request.get(link).status == 200, link
    pages = {reader.website.url + path for path in reader.website.paths}
    feeds = {page + name for page in pages - {reader.website.url} for name in FEED_TYPES}
    assert seen == pages | feeds | {reader.website.url + "feeds.opml"}


def test_index_leads_to_a_topic_and_back(reader: Reader) -> None:
    page = reader.open("")
    page.locator(".feeds h2 a").first.click()
    assert page.url == reader.website.url + reader.website.paths[1]
    page.get_by_role("link", name="All feeds").click()
    assert page.url == reader.website.url


def test_index_names_each_link_for_those_who_hear_it(reader: Reader) -> None:
    page = reader.open("")
    names = page.locator(".formats a").evaluate_all("links => links.map(link => link.ariaLabel)")
    assert len(names) == len(set(names)) == 3 * page.locator(".feeds > li").count()


def test_pages_ask_only_for_themselves_and_pictures(reader: Reader) -> None:
    for path in reader.website.paths:
        page = reader.open(path)
        page.mouse.wheel(0, 100_000)
        page.wait_for_load_state("networkidle")
        assert page.locator("script, iframe, object, embed, form").count() == 0, path
        assert page.locator("link[rel=stylesheet], [style]").count() == 0, path
    foreign = [kind for kind, url in reader.requests if not url.startswith(reader.website.url)]
    own = [(kind, url) for kind, url in reader.requests if url.startswith(reader.website.url)]
    assert set(foreign) == {"image"}
    assert own == [("document", reader.website.url + path) for path in reader.website.paths]
    assert reader.complaints == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_sticks_out_sideways(reader: Reader, width: int) -> None:
    reader.page.set_viewport_size({"width": width, "height": 800})
    for path in reader.website.paths:
        page = reader.open(path)
        assert page.evaluate(OVERFLOW) == 0, path
        assert page.evaluate(STICKING_OUT) == [], path


def test_keyboard_reaches_the_skip_link_first_and_then_every_link(reader: Reader) -> None:
    for path in reader.website.paths[:2]:
        page = reader.open(path)
        links = page.locator("a[href]").evaluate_all(LINKS)
        reached = []
        for _ in links:
            page.keyboard.press("Tab")
            reached.append(page.evaluate(FOCUSED))
            outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", reached[-1]
        assert reached == links
        assert links[0].endswith("#content")


def test_skip_link_shows_itself_and_skips(reader: Reader) -> None:
    page = reader.open(reader.website.paths[1])
    skip = page.get_by_role("link", name="Skip to content")
    assert _top(skip.bounding_box()) < 0
    page.keyboard.press("Tab")
    assert _top(skip.bounding_box()) >= 0
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED) == "main"


def test_a_click_selects_an_address_whole(reader: Reader) -> None:
    page = reader.open(reader.website.paths[1])
    page.locator(".address").first.click()
    assert page.evaluate("() => getSelection().toString()") == page.locator(".address").first.text_content()


def test_both_colour_schemes_are_drawn(reader: Reader) -> None:
    page = reader.open("")
    drawn: dict[str, tuple[float, float]] = {}
    schemes: tuple[Scheme, Scheme] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        drawn[scheme] = (_brightness(page, "backgroundColor"), _brightness(page, "color"))
    paper, ink = drawn["light"]
    assert paper > 240
    assert ink < 60
    paper, ink = drawn["dark"]
    assert paper < 60
    assert ink > 200


def test_motion_only_for_those_who_want_it(reader: Reader) -> None:
    page = reader.open("")
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(_style("scrollBehavior")) == "auto"


def test_picture_that_fails_leaves_blank_margin(reader: Reader) -> None:
    reader.pictures = False
    page = reader.open("all/")
    pictures = page.locator("article img").all()[:6]
    for picture in pictures:
        picture.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete", arg=picture.element_handle())
        shown = picture.screenshot()
        picture.evaluate("image => image.style.opacity = 0")
        assert shown == picture.screenshot()
    assert pictures


def test_picture_is_part_of_the_link_to_its_article(reader: Reader) -> None:
    page = reader.open("all/")
    article = page.locator("article:has(img)").first
    box = article.locator("img").bounding_box()
    assert box is not None
    middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    hit = page.evaluate("({x, y}) => document.elementFromPoint(x, y).href", middle)
    assert hit == article.locator("h3 a").evaluate("link => link.href")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(reader: Reader, scheme: Scheme, width: int, axe: str) -> None:
    reader.page.set_viewport_size({"width": width, "height": 900})
    reader.page.emulate_media(color_scheme=scheme)
    for path in reader.website.paths:
        found = _axe(reader, path, axe)
        assert found["violations"] == [], path
        assert {"color-contrast", "landmark-one-main", "target-size"} <= set(found["passes"]), path


@pytest.fixture
def large(browser: Browser, large_website: Website) -> Iterator[Reader]:
    with browser.new_context(viewport={"width": 320, "height": 800}) as context:
        yield read(context, large_website)


def test_many_feeds_are_a_letter_away(large: Reader, axe: str) -> None:
    page = large.open("")
    assert page.evaluate(OVERFLOW) == 0
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("navigation", name="Feeds by letter").get_by_role("link", name="M").click()
    heading = page.get_by_role("heading", name="Mopic 96").bounding_box()
    assert 0 <= _top(heading) < 100
    assert _axe(large, "", axe)["violations"] == []


def _axe(reader: Reader, path: str, axe: str) -> dict[str, Any]:
    page = reader.open(path)
    # Not as a script element, which the page's own policy would rightly refuse.
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate(AXE_RUN)
    return found


def _canonical(reader: Reader) -> str:
    return str(reader.open("").locator("link[rel=canonical]").get_attribute("href"))


def _style(what: str) -> str:
    return f"() => getComputedStyle(document.documentElement).{what}"


def _brightness(page: Page, what: str) -> float:
    colour = page.evaluate(_style(what))
    channels = [float(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    return sum(channels) / len(channels)


def _top(box: Any) -> float:
    return float(box["y"])
