"""The body of an entry as HTML that is safe in any reader: sanitised, complete, every link absolute."""

import html
import re
from collections.abc import Iterator

from feeds.articles.article import Article
from feeds.syndication.feed import Author, Media, Related

READ_ON = "Read the full article"
# The lead picture and those with which a body may begin, which look the same.
LEAD_IMAGES = re.compile(r'\A(?:<p><img src="[^"]*" alt="[^"]*"(?: width="\d+")?(?: height="\d+")?></p>\n)+')


def body_html(article: Article) -> str:
    """The sanitised body of an article; empty where the file has none."""
    if not article.body:
        return ""
    from feeds.syndication import markup  # noqa: PLC0415 - most articles have no body, and parsers take time

    source = article.body if article.body_is_html else markup.from_markdown(article.body)
    return markup.sanitised(source, article.link)


def content_html(article: Article, author: Author | None, lead: Media | None, related: list[Related]) -> str:
    """All that a reader shows of an entry: picture, excerpt or body, its origin, related coverage."""
    return "\n".join(_parts(article, author, lead, related))


def notice_html(url: str, text: str) -> str:
    """A sentence that is a link."""
    return f"<p>{_link(url, text)}</p>"


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
