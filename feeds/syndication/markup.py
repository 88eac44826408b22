"""Bodies of articles as HTML that is safe in any reader."""

import nh3
from markdown_it import MarkdownIt

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
MAX_ATTRIBUTES = 4_000_000  # characters of addresses and titles
MAILTO = "mailto:"


def from_markdown(text: str) -> str:
    """Markdown (CommonMark, with tables and strikethrough) as HTML that is still to be sanitised.

    Empty for text that refers so often to so long an address that it would not fit into memory.
    """
    environment: dict[str, object] = {}
    tokens = MARKDOWN.parse(text, environment)
    inline = (child for token in tokens for child in token.children or ())
    if sum(len(str(value)) for token in inline for value in token.attrs.values()) > MAX_ATTRIBUTES:
        return ""
    return str(MARKDOWN.renderer.render(tokens, MARKDOWN.options, environment))


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
