"""What an article's body may be: parsers of HTML and Markdown take more than linear time and memory."""

import re
from collections.abc import Iterable

# markdown-it-py takes up to 40 s for a million characters (`![`), and 1 GB (tables).
MAX_MARKDOWN = 100_000
MAX_HTML = 1_000_000
# Of 60,000 elements in each other, html5ever makes a tree in 10 s; browsers stop at 512.
MAX_DEPTH = 200
TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
# Elements that never hold others (HTML §13.1.2), and those that end by themselves where the next begins.
SHALLOW = frozenset(
    (
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
        "dd", "dt", "li", "option", "p", "tbody", "td", "tfoot", "th", "thead", "tr",
    )
)  # fmt: skip
# Those that HTML opens again in every paragraph until they are closed (§13.2.4.3): 20 KB become 15 MB.
FORMATTING = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
)
MAX_REOPENED = 300_000


def fault(body: str, *, is_html: bool) -> tuple[str, str] | None:
    """What was expected of a body that cannot be shown, and what was found."""
    limit, kind = (MAX_HTML, "HTML") if is_html else (MAX_MARKDOWN, "Markdown")
    if len(body) > limit:
        return f"a body of at most {limit:,} characters of {kind}", f"{len(body):,}, now left out"
    if body.count("<") > MAX_DEPTH:
        tags = TAG.findall(body)
        if _depth(tags) > MAX_DEPTH:
            return f"HTML of at most {MAX_DEPTH} levels in the body", "more, now left out"
        if (
            _depth((closing, tag) for closing, tag in tags if tag.lower() in FORMATTING) * len(tags)
            > MAX_REOPENED
        ):
            return "HTML whose formatting is closed in the body", "much that is not, now left out"
    return None


def _depth(tags: Iterable[tuple[str, str]]) -> int:
    """No less than the greatest number of these elements that are open at a time."""
    opened: dict[str, int] = {}
    depth = deepest = 0
    for closing, name in tags:
        tag = name.lower()
        if tag in SHALLOW:
            continue
        if not closing:
            opened[tag] = opened.get(tag, 0) + 1
            depth += 1
            deepest = max(deepest, depth)
        elif opened.get(tag):
            opened[tag] -= 1
            depth -= 1
    return deepest
