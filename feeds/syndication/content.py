"""The body of an entry as HTML that is safe in any reader: sanitised, complete, every link absolute."""

import html
import re
from collections.abc import Iterator

import nh3
from markdown_it import MarkdownIt

from feeds.articles.article import Article
from feeds.syndication.feed import Author, Media, Related
from feeds.text import printable, web_address

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
TAGS = nh3.ALLOWED_TAGS - {"map", "area"} | {"figure", "figcaption"}
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
# What stands inside these is not for reading.
DROPPED_WITH_CONTENT = {
    "embed", "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select", "style",
    "svg", "template", "textarea", "title", "xmp",
}  # fmt: skip
MAILTO = "mailto:"
READ_ON = "Read the full article"
# The lead picture and those with which a body may begin, which look the same.
LEAD_IMAGES = re.compile(r'\A(?:<p><img src="[^"]*" alt="[^"]*"(?: width="\d+")?(?: height="\d+")?></p>\n)+')


def body_html(article: Article) -> str:
    """The sanitised body of an article; empty where the file has none."""
    if not article.body:
        return ""
    source = article.body if article.body_is_html else str(MARKDOWN.render(article.body))
    return sanitised(source, article.link)


def sanitised(source: str, base: str) -> str:
    """Any HTML as HTML without script, frame or style, its links resolved against `base`."""

    def filtered(_element: str, attribute: str, value: str) -> str | None:
        if attribute not in ("href", "src"):
            return value
        if attribute == "href" and value.strip().lower().startswith(MAILTO):
            return value.strip()
        try:
            return web_address(value, base)
        except ValueError:
            return None

    clean = nh3.clean(
        source,
        tags=TAGS,
        clean_content_tags=DROPPED_WITH_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=filtered,
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
    )
    # HTML may spell what XML forbids, as in &#1;, which is now the character itself.
    return printable(clean).strip()


def content_html(article: Article, author: Author | None, lead: Media | None, related: list[Related]) -> str:
    """All that a reader shows of an entry: picture, excerpt or body, its origin, related coverage."""
    return "\n".join(_parts(article, author, lead, related))


def text_html(content: str, link: str) -> str:
    """Of what `content_html` made of an article with this link, the excerpt or body alone."""
    text = LEAD_IMAGES.sub("", content)
    end = text.rfind(_link(link, READ_ON))
    return text[:end].removesuffix("<p>").strip()


def _parts(
    article: Article, author: Author | None, lead: Media | None, related: list[Related]
) -> Iterator[str]:
    if lead is not None:
        yield f"<p>{_image(lead)}</p>"
    body = body_html(article)
    if body:
        yield body
    elif article.excerpt:
        yield f"<p>{_text(article.excerpt)}</p>"
    if article.frame:
        what = "Watch the video" if article.type == "video" else "Open the embedded page"
        yield f"<p>{_link(article.frame, what)}</p>"
    yield f"<p>{_origin(article, author)}</p>"
    if related:
        yield "<p><strong>Related coverage</strong></p>"
        yield f"<ul>{''.join(f'<li>{_coverage(one)}</li>' for one in related)}</ul>"


def _image(lead: Media) -> str:
    size = "".join(
        f' {name}="{pixels}"' for name, pixels in (("width", lead.width), ("height", lead.height)) if pixels
    )
    return f'<img src="{_text(lead.url)}" alt="{_text(lead.title)}"{size}>'


def _origin(article: Article, author: Author | None) -> str:
    read = _link(article.link, READ_ON)
    if author is None:
        return read
    return f"{read} from {_link(author.url, author.name) if author.url else _text(author.name)}"


def _coverage(related: Related) -> str:
    by = f" – {_text(related.provider)}" if related.provider else ""
    return _link(related.url, related.title) + by


def _link(url: str, text: str) -> str:
    return f'<a href="{_text(url)}">{_text(text)}</a>'


def _text(text: str) -> str:
    return html.escape(text)
