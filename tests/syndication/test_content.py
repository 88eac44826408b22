from typing import Any
from urllib.parse import urlsplit

import html5lib
import pytest
from builders import article
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from feeds.articles.article import Article
from feeds.syndication.content import body_html, content_html, text_html
from feeds.syndication.feed import Author, Media, Related
from feeds.syndication.markup import sanitised

LINK = "https://articles.example/2026/one.html?a=1&b=2"
HOSTILE = "</a></p></li>\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;"
READ_ON = '<p><a href="https://articles.example/2026/one.html?a=1&amp;b=2">Read the full article</a></p>'


def body(source: str, *, is_html: bool = True) -> str:
    return body_html(article(link=LINK, body=source, body_is_html=is_html))


def content(
    author: Author | None = None,
    lead: Media | None = None,
    related: list[Related] | None = None,
    **fields: Any,
) -> str:
    return content_html(article(link=LINK, **fields), author, lead, related or [])


def picture(**fields: Any) -> Media:
    return Media(**{"url": "https://images.example/a.png", "type": None} | fields)


@pytest.mark.parametrize(
    ("lead", "shown"),
    [
        (
            picture(width=1200, height=630, title="A wind park"),
            '<p><img src="https://images.example/a.png" alt="A wind park" width="1200" height="630"></p>',
        ),
        (picture(), '<p><img src="https://images.example/a.png" alt=""></p>'),
        (picture(height=9), '<p><img src="https://images.example/a.png" alt="" height="9"></p>'),
        (
            picture(url='https://images.example/?a&"b', title='<"&'),
            '<p><img src="https://images.example/?a&amp;&quot;b" alt="&lt;&quot;&amp;"></p>',
        ),
    ],
)
def test_the_picture_comes_first_with_its_words_and_its_size(lead: Media, shown: str) -> None:
    assert content(lead=lead) == f"{shown}\n{READ_ON}"


def test_an_entry_without_body_shows_its_excerpt() -> None:
    assert content(excerpt="AT&T <3") == f"<p>AT&amp;T &lt;3</p>\n{READ_ON}"


@pytest.mark.parametrize("nothing", ["<script>alert(1)</script>", "<!-- a note -->", "<style>p {}</style>"])
def test_an_entry_whose_body_shows_nothing_shows_its_excerpt(nothing: str) -> None:
    assert content(excerpt="Excerpt", body=nothing) == f"<p>Excerpt</p>\n{READ_ON}"


def test_an_entry_with_body_shows_it_instead_of_its_excerpt() -> None:
    assert content(excerpt="Excerpt", body="*Body*") == f"<p><em>Body</em></p>\n{READ_ON}"


def test_an_entry_of_nothing_still_links_the_article() -> None:
    assert content() == READ_ON


@pytest.mark.parametrize(
    ("kind", "words"), [("video", "Watch the video"), ("article", "Open the embedded page")]
)
def test_a_frame_is_a_link(kind: str, words: str) -> None:
    shown = content(type=kind, frame="https://video.example/?a=1&b=2")
    assert shown == f'<p><a href="https://video.example/?a=1&amp;b=2">{words}</a></p>\n{READ_ON}'
    assert "iframe" not in shown


@pytest.mark.parametrize(
    ("author", "origin"),
    [
        (Author("The Times"), " from The Times"),
        (Author("A & B", "https://ab.example/"), ' from <a href="https://ab.example/">A &amp; B</a>'),
    ],
)
def test_the_origin_is_named_and_linked(author: Author, origin: str) -> None:
    assert content(author).endswith(f"Read the full article</a>{origin}</p>")


def test_related_coverage_is_a_list() -> None:
    related = [
        Related("https://a.example/?x&y", "A <b>", "The & Times"),
        Related("https://b.example/", "B"),
    ]
    assert content(related=related) == (
        f"{READ_ON}\n<p><strong>Related coverage</strong></p>\n"
        '<ul><li><a href="https://a.example/?x&amp;y">A &lt;b&gt;</a> – The &amp; Times</li>'
        '<li><a href="https://b.example/">B</a></li></ul>'
    )


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (
            "# One\n\nTwo **three** ~~four~~",
            "<h1>One</h1>\n<p>Two <strong>three</strong> <s>four</s></p>",
        ),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("`<script>`", "<p><code>&lt;script&gt;</code></p>"),
        ("<b>raw</b> <script>alert(1)</script>", "<p><b>raw</b> </p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](/about)", '<p><a href="https://articles.example/about">x</a></p>'),
        ("![a](b.png)", '<p><img src="https://articles.example/2026/b.png" alt="a"></p>'),
        (
            "<https://a.example/?b&c>",
            '<p><a href="https://a.example/?b&amp;c">https://a.example/?b&amp;c</a></p>',
        ),
        ("1. a\n", "<ol>\n<li>a</li>\n</ol>"),
        ("3. a\n", '<ol start="3">\n<li>a</li>\n</ol>'),
        (
            "|a|\n|-|\n|b|",
            "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>b</td>\n</tr>\n</tbody>\n</table>",
        ),
    ],
)
def test_a_body_in_markdown_becomes_html(source: str, shown: str) -> None:
    assert body(source, is_html=False) == shown


def test_a_body_in_html_is_no_markdown() -> None:
    assert body("<p>*a*</p>\n    b") == "<p>*a*</p>\n    b"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<script>alert(1)</script>a", "a"),
        ("<SCRIPT SRC=//evil.example/></SCRIPT>a", "a"),
        ("a<iframe src='https://evil.example/'>fallback</iframe>b", "ab"),
        ("<style>p { color: red }</style>a", "a"),
        ("<noscript>a</noscript>b", "b"),
        ("<object data=x>fallback</object><embed src=x>a", "a"),
        ("<svg><script>alert(1)</script><text>t</text></svg>a", "a"),
        ("<math><mi>x</mi></math>a", "a"),
        ("<template><b>t</b></template>a", "a"),
        ("<title>t</title><textarea>t</textarea><select><option>t</select>a", "a"),
        ("<!-- note -->a", "a"),
        ("<p onclick='alert(1)' ONMOUSEOVER=x style='color: red' class=c id=i>a</p>", "<p>a</p>"),
        ("<form action=/x><input value=v><button>a</button></form>", "a"),
        ("<meta http-equiv=refresh content='0;url=https://evil.example/'><base href=//evil.example/>a", "a"),
        ("<a href='javascript:alert(1)'>a</a>", "<a>a</a>"),
        ("<a href=' JaVaScRiPt:alert(1)'>a</a>", "<a>a</a>"),
        ("<a href='java&#10;script:alert(1)'>a</a>", "<a>a</a>"),
        ("<a href='java&#1;script:alert(1)'>a</a>", "<a>a</a>"),
        ("<a href='data:text/html,x'>a</a>", "<a>a</a>"),
        ("<a href='vbscript:x'>a</a>", "<a>a</a>"),
        ("<a href='ftp://files.example/'>a</a>", "<a>a</a>"),
        ("<a href='https://user:secret@a.example/'>a</a>", "<a>a</a>"),
        ("<img src='data:image/png;base64,AAAA' alt=a>", '<img alt="a">'),
        ("<img src='mailto:a@b.example' alt=a>", '<img alt="a">'),
        ("<img src=a.png srcset='javascript:x' onerror=x>", '<img src="https://articles.example/2026/a.png">'),
        ("<blockquote cite='javascript:x'>a</blockquote>", "<blockquote>a</blockquote>"),
        ("<b>a", "<b>a</b>"),
        ("</p></div>a", "<p></p>a"),
        ("a &lt;script&gt; &amp;amp; &nbsp;", "a &lt;script&gt; &amp;amp; &nbsp;"),
        ("a&#1;b&#x8;c&#xFFFE;d", "abcd"),
        ("<a title='a&#2;b'>c</a>", '<a title="ab">c</a>'),
        ("<a href='mailto:a&#3;@b.example'>c</a>", '<a href="mailto:a@b.example">c</a>'),
    ],
)  # fmt: skip
def test_what_could_act_is_gone_with_its_content(source: str, shown: str) -> None:
    assert body(source) == shown


@pytest.mark.parametrize(
    ("address", "absolute"),
    [
        ("#part", "https://articles.example/2026/one.html?a=1&amp;b=2#part"),
        ("two.html", "https://articles.example/2026/two.html"),
        ("../up", "https://articles.example/up"),
        ("/top", "https://articles.example/top"),
        ("?c=3", "https://articles.example/2026/one.html?c=3"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("http://plain.example", "http://plain.example/"),
        (" https://a.example/b c ", "https://a.example/b%20c"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
    ],
)
def test_links_and_pictures_are_absolute(address: str, absolute: str) -> None:
    assert body(f'<a href="{address}">x</a>') == f'<a href="{absolute}">x</a>'
    assert body(f'<img src="{address}">') == f'<img src="{absolute}">'


@pytest.mark.parametrize("address", ["mailto:a@b.example", "MAILTO:a@b.example?subject=x"])
def test_mail_addresses_stay(address: str) -> None:
    assert body(f'<a href="{address}">x</a>') == f'<a href="{address}">x</a>'


def test_hostile_text_in_every_field_stays_text() -> None:
    shown = content(
        author=Author(HOSTILE, "https://a.example/?" + HOSTILE.replace(" ", "")),
        lead=picture(title=HOSTILE),
        related=[Related("https://b.example/?" + HOSTILE.replace(" ", ""), HOSTILE, HOSTILE)],
        excerpt="Excerpt " + HOSTILE.replace("&amp;", "&amp;amp;"),
        title=HOSTILE,
        topics=[HOSTILE],
        type=HOSTILE,
        language=HOSTILE,
        frame="https://c.example/?" + HOSTILE.replace(" ", ""),
    )
    tree = html5lib.parseFragment(shown, namespaceHTMLElements=False)
    tags = [element.tag for element in tree.iter() if element is not tree]
    assert sorted(tags) == sorted(["img", *["p"] * 5, *["a"] * 4, "strong", "ul", "li"])
    assert {name for element in tree.iter() for name in element.attrib} == {"src", "alt", "href"}
    assert tree.find(".//img").get("alt") == HOSTILE
    assert "".join(tree[1].itertext()) == "Excerpt " + HOSTILE
    assert "".join(tree.find(".//ul").itertext()) == f"{HOSTILE} – {HOSTILE}"


PIECES = st.lists(
    st.sampled_from(
        [
            "<script>", "</script>", "<iframe src=x>", "</iframe>", "<img src=", "<a href='", "javascript:",
            "'>", "x:y ", " onload=alert(1) ", "<svg>", "</svg>", "<math>", "<style>", "</style>",
            "<noscript>", '<p title="', '">', "<!--", "-->", "<![CDATA[", "]]>", "</p>", "&#106;", "&#x1;",
            "&lt;", "&", "<table><td>", "<select>", "<template>", "<xmp>", "<plaintext>", "<textarea>",
            "</textarea>", "<", "\x0c", "\t", "\n\n", "    ", "```", "](", "![", "mailto:",
            "data:text/html,", "//evil.example/", "é", "`",
        ]
    ),
    max_size=14,
).map("".join)  # fmt: skip


def dangers(shown: str) -> list[str]:
    """What two parsers, of browsers' kind and of libxml2's, find to be wrong with some HTML."""
    found = []
    trees = [html5lib.parse(shown, namespaceHTMLElements=False)]
    if shown.strip():
        trees.append(lxml_html.fragment_fromstring(shown, create_parent="div"))
    for tree in trees:
        for element in tree.iter():
            if element.tag in {
                "script",
                "iframe",
                "style",
                "object",
                "embed",
                "svg",
                "math",
                "form",
                "base",
                "meta",
            }:
                found.append(element.tag)
            for name, value in element.items() if isinstance(element.tag, str) else ():
                if name.startswith("on") or name in {"style", "srcset", "srcdoc", "formaction"}:
                    found.append(name)
                if name in {"href", "src"} and not acceptable(name, value):
                    found.append(f"{name}={value}")
    return found


def acceptable(name: str, value: str) -> bool:
    parts = urlsplit(value)
    if parts.scheme in ("http", "https"):
        return bool(parts.netloc)
    return name == "href" and parts.scheme == "mailto"


@pytest.mark.parametrize(
    "shown",
    [
        "<script>x</script>",
        "<p onclick=x>a</p>",
        "<a href='javascript:x'>a</a>",
        "<img src=/a>",
        "<iframe></iframe>",
    ],
)
def test_the_parsers_below_find_dangers(shown: str) -> None:
    assert dangers(shown)


@given(source=PIECES | st.text(), is_html=st.booleans())
def test_no_body_brings_anything_that_acts(source: str, is_html: bool) -> None:  # noqa: FBT001
    assert dangers(body(source, is_html=is_html)) == []


@given(source=PIECES | st.text())
def test_what_was_sanitised_stays_as_it_is(source: str) -> None:
    once = sanitised(source, LINK)
    assert sanitised(once, LINK) == once


def compared(one: Article, lead: Media | None, related: list[Related], author: Author | None) -> str:
    return text_html(content_html(one, author, lead, related), one.link)


@given(source=PIECES, excerpt=st.text())
def test_pictures_origin_and_related_are_no_part_of_the_text(source: str, excerpt: str) -> None:
    one = article(link=LINK, body=source, body_is_html=True, excerpt=excerpt)
    related = [Related("https://b.example/", "B")]
    plain = compared(one, picture(), [], None)
    assert compared(one, picture(title="A wind park", width=9), related, Author("The Times")) == plain
    other = one.model_copy(update={"body": source + "<p>More</p>x", "excerpt": one.excerpt + "!"})
    assert body_html(other) == body_html(one) or compared(other, picture(), [], None) != plain
