"""Text and addresses as they may stand in a feed."""

import unicodedata
from time import perf_counter
from urllib.parse import urlsplit

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feeds.text import FORBIDDEN, MAX_URL, folded, language_tag, printable, same, web_address

BASE = "https://site.example/news/today/"
ANY_TEXT = st.text(max_size=200)
MARKUP = st.text(alphabet="&;#xX0123456789abcdefAmpltgquon <>\x00\ufeff\xa0\n", max_size=60)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("https://a.example/b", "https://a.example/b", id="as it is"),
        pytest.param("HTTPS://A.Example/B", "https://a.example/B", id="case"),
        pytest.param("http://a.example", "http://a.example/", id="no path"),
        pytest.param("http://a.example?b", "http://a.example/?b", id="no path but a query"),
        pytest.param("  https://a.example/b \t\n", "https://a.example/b", id="blanks around"),
        pytest.param("\u2003https://a.example/b\xa0", "https://a.example/b", id="other blanks around"),
        pytest.param("\ufeffhttps://a.example/\x00b", "https://a.example/b", id="forbidden characters"),
        pytest.param("https://a.example/b c?d e#f g", "https://a.example/b%20c?d%20e#f%20g", id="spaces"),
        pytest.param("https://a.example/b\nc\td", "https://a.example/bcd", id="line breaks"),
        pytest.param(
            "https://a.example/größe?ä=ö#ü",
            "https://a.example/gr%C3%B6%C3%9Fe?%C3%A4=%C3%B6#%C3%BC",
            id="umlauts",
        ),
        pytest.param(
            "https://a.example/データ", "https://a.example/%E3%83%87%E3%83%BC%E3%82%BF", id="Japanese"
        ),
        pytest.param("https://a.example/😀", "https://a.example/%F0%9F%98%80", id="beyond the BMP"),
        pytest.param("https://a.example/%C3%b6%20", "https://a.example/%C3%b6%20", id="encoded before"),
        pytest.param(
            "https://a.example/100%?50%=%zz", "https://a.example/100%25?50%25=%25zz", id="lone percent signs"
        ),
        pytest.param("https://a.example/%%41%4", "https://a.example/%25%41%254", id="percent signs in a row"),
        pytest.param(
            'https://a.example/"<>\\^`{|}[]',
            "https://a.example/%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D",
            id="unwise",
        ),
        pytest.param(
            "https://a.example/!$&'()*+,;=:@-._~", "https://a.example/!$&'()*+,;=:@-._~", id="reserved"
        ),
        pytest.param("https://a.example/?a=b&c=d/e?f", "https://a.example/?a=b&c=d/e?f", id="query"),
        pytest.param("https://a.example/b?", "https://a.example/b", id="empty query"),
        pytest.param("https://a.example/b#", "https://a.example/b", id="empty fragment"),
        pytest.param("https://a.example//b//c", "https://a.example//b//c", id="double slashes"),
        pytest.param("https://bücher.example/", "https://xn--bcher-kva.example/", id="IDN"),
        pytest.param("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/", id="punycode"),
        pytest.param(
            "https://例え。テスト/", "https://xn--r8jz45g.xn--zckzah/", id="IDN with an ideographic stop"
        ),
        pytest.param("http://a.example:8080/b", "http://a.example:8080/b", id="port"),
        pytest.param("http://a.example:/b", "http://a.example/b", id="colon without port"),
        pytest.param("http://a.example:080/b", "http://a.example:80/b", id="port with a zero"),
        pytest.param("http://127.0.0.1:1/", "http://127.0.0.1:1/", id="IPv4"),
        pytest.param("http://[2001:DB8::1]/b", "http://[2001:db8::1]/b", id="IPv6"),
        pytest.param("http://[::1]:8080/b", "http://[::1]:8080/b", id="IPv6 with port"),
        pytest.param("http://my_host/b", "http://my_host/b", id="underscore"),
        pytest.param("http://a.example./b", "http://a.example./b", id="rooted host"),
        pytest.param(
            "http://a.example/user:pass@b", "http://a.example/user:pass@b", id="at sign in the path"
        ),
        pytest.param(
            "https://a.example/" + "b" * (MAX_URL - 18),
            "https://a.example/" + "b" * (MAX_URL - 18),
            id="long",
        ),
    ],
)
def test_a_web_address_is_absolute_and_percent_encoded(text: str, address: str) -> None:
    assert web_address(text) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("b", "https://site.example/news/today/b"),
        ("./b", "https://site.example/news/today/b"),
        ("../b", "https://site.example/news/b"),
        ("../../../../b", "https://site.example/b"),
        ("/b", "https://site.example/b"),
        ("?q=1", "https://site.example/news/today/?q=1"),
        ("#part", "https://site.example/news/today/#part"),
        ("//other.example/b", "https://other.example/b"),
        ("//bücher.example", "https://xn--bcher-kva.example/"),
        ("http://other.example/b", "http://other.example/b"),
        (" b c ", "https://site.example/news/today/b%20c"),
        ("größe.png", "https://site.example/news/today/gr%C3%B6%C3%9Fe.png"),
        ("10:30.html", "https://site.example/news/today/10:30.html"),  # no scheme begins with a digit
        ("./10:30.html", "https://site.example/news/today/10:30.html"),
    ],
)
def test_a_relative_address_is_resolved_against_its_base(text: str, address: str) -> None:
    assert web_address(text, BASE) == address


NO_WEB = "an http or https address"
CREDENTIALS = "an address without credentials"
TOO_LONG = "an address of at most 4096 characters"


@pytest.mark.parametrize("base", ["", BASE], ids=["alone", "with a base"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", NO_WEB, id="nothing"),
        pytest.param(" \t\n", NO_WEB, id="blanks"),
        pytest.param("\x00\ufeff", NO_WEB, id="forbidden characters alone"),
        pytest.param("javascript:alert(1)", NO_WEB, id="javascript"),
        pytest.param(" JavaScript:alert(1)", NO_WEB, id="javascript in capitals"),
        pytest.param("java\nscript:alert(1)", NO_WEB, id="javascript on two lines"),
        pytest.param("java\x00script:alert(1)", NO_WEB, id="javascript around NUL"),
        pytest.param("\x01javascript:alert(1)", NO_WEB, id="javascript behind a control character"),
        pytest.param("data:text/html,<script>", NO_WEB, id="data"),
        pytest.param("vbscript:x", NO_WEB, id="vbscript"),
        pytest.param("mailto:a@b.example", NO_WEB, id="mailto"),
        pytest.param("ftp://a.example/b", NO_WEB, id="ftp"),
        pytest.param("file:///etc/passwd", NO_WEB, id="file"),
        pytest.param("blob:https://a.example/b", NO_WEB, id="blob"),
        pytest.param("http://", NO_WEB, id="no host"),
        pytest.param("http:///b", NO_WEB, id="a path for a host"),
        pytest.param("http://:80/", NO_WEB, id="a port for a host"),
        pytest.param("http://a b.example/", NO_WEB, id="space in the host"),
        pytest.param("http://a%20b.example/", NO_WEB, id="percent sign in the host"),
        pytest.param("http://a..example/", NO_WEB, id="empty label"),
        pytest.param("http://\u2024/", NO_WEB, id="a leader that normalises to a dot"),
        pytest.param("http://a\u2024\u2024example/", NO_WEB, id="leaders that normalise to an empty label"),
        pytest.param(f"http://{'a' * 64}.example/", NO_WEB, id="long label"),
        pytest.param("http://a\\b.example/", NO_WEB, id="backslash in the host"),
        pytest.param("http://<b>.example/", NO_WEB, id="markup in the host"),
        pytest.param("http://a.example:65536/", NO_WEB, id="port too high"),
        pytest.param("http://a.example:-1/", NO_WEB, id="negative port"),
        pytest.param("http://a.example:http/", NO_WEB, id="port of letters"),
        pytest.param("http://[::1/", NO_WEB, id="open bracket"),
        pytest.param("http://[::g]/", NO_WEB, id="no IPv6"),
        pytest.param("http://[fe80::1%eth0]/", NO_WEB, id="IPv6 zone"),
        pytest.param('http://[fe80::1%"<é> ]/', NO_WEB, id="anything as IPv6 zone"),
        pytest.param("http://[v1.a:b]/", NO_WEB, id="IP of the future"),
        pytest.param("http://a℀.example/", NO_WEB, id="host that normalises to a slash"),
        pytest.param("https://user:secret@a.example/", CREDENTIALS, id="credentials"),
        pytest.param("https://user@a.example/", CREDENTIALS, id="user"),
        pytest.param("https://@a.example/", CREDENTIALS, id="empty user"),
        pytest.param("//user@a.example/", "either", id="user without scheme"),
        pytest.param("https://a.example/" + "b" * (MAX_URL - 17), TOO_LONG, id="one too long"),
        pytest.param("https://a.example/" + "ä" * 700, TOO_LONG, id="too long once encoded"),
        pytest.param("https://a.example/" + "b" * 3_000_000, TOO_LONG, id="megabytes"),
    ],
)
def test_what_is_no_web_address_is_refused(text: str, expected: str, base: str) -> None:
    if expected == "either":
        expected = CREDENTIALS if base else NO_WEB
    with pytest.raises(ValueError, match=r"^an address|^an http") as caught:
        web_address(text, base)
    assert str(caught.value) == expected


@pytest.mark.parametrize("text", ["//a.example/b", "/b", "b", "?b", "#b", "a.example/b"])
def test_a_relative_address_without_a_base_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{NO_WEB}$"):
        web_address(text)


def test_a_host_of_combining_marks_takes_no_time() -> None:
    start = perf_counter()
    with pytest.raises(ValueError, match=TOO_LONG):
        web_address("http://a" + "\u0301\u0316" * 400_000)
    assert perf_counter() - start < 2


ADDRESSES = st.one_of(
    ANY_TEXT,
    st.builds("{}://{}{}".format, st.sampled_from(("http", "https", "HTTP")), st.text(max_size=20), ANY_TEXT),
    st.builds(
        "http://{}:{}/{}?{}#{}".format,
        st.sampled_from(("a.example", "bücher.example", "[::1]", "127.0.0.1", "ＡＢ。example")),
        st.sampled_from(("", "0", "80", "65535", "65536", "٣")),
        ANY_TEXT,
        ANY_TEXT,
        ANY_TEXT,
    ),
)


@settings(deadline=None)
@given(ADDRESSES, st.sampled_from(("", BASE)))
def test_every_web_address_is_ascii_splits_and_stays_as_it_is(text: str, base: str) -> None:
    try:
        address = web_address(text, base)
    except ValueError as error:
        assert str(error) in (NO_WEB, CREDENTIALS, TOO_LONG)  # noqa: PT017 - either is right
        return
    parts = urlsplit(address)
    assert address.isascii()
    assert address.isprintable()
    assert not set(address) & set(' "<>\\^`{|}')
    assert parts.scheme in ("http", "https")
    assert parts.hostname
    assert parts.username is None
    assert parts.path.startswith("/")
    assert len(address) <= MAX_URL
    assert parts.geturl() == address
    assert web_address(address) == web_address(address, BASE) == address


# Addresses of which little or nothing is left to do.
NEARLY_FINE = st.builds(
    "{}://{}{}".format,
    st.sampled_from(("http", "https", "ftp")),
    st.text(alphabet="ab0-.", min_size=1, max_size=9)
    | st.sampled_from(("a" * 63, "a" * 64, "b." + "a" * 64)),
    st.text(alphabet="aZ0/.-_~!$&'()*+,;=:@?#%2f[]", max_size=12),
)


def seen(text: str, base: str) -> str:
    try:
        return web_address(text, base)
    except ValueError as error:
        return f"expected {error}"


@given(NEARLY_FINE, st.sampled_from(("", BASE)))
def test_an_address_is_the_same_whether_or_not_it_was_taken_apart(text: str, base: str) -> None:
    assume(";" not in text)  # `urljoin` drops one at the end
    assert seen(text, base) == seen(f" {text}", base)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (" \t\r\n\x0b\x0c\x85\u2028\u2029\xa0\u3000", ""),
        ("  a \n\n b\tc ", "a b c"),
        ("a\xa0b\u2003c\u2028d\x85e", "a b c d e"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("&lt;b&gt; &quot;x&quot; &#39;y&#x27; &apos;", "<b> \"x\" 'y' '"),
        ("caf&eacute; &#233; &#xE9; &#XE9;", "café é é é"),
        ("&hellip;&mdash;&CounterClockwiseContourIntegral;", "…—∳"),
        ("a&nbsp;b&#160;&#10;c", "a b c"),
        # once
        ("&amp;lt;", "&lt;"),
        ("&amp;amp;amp;", "&amp;amp;"),
        ("&#38;lt; &#x26;amp;", "&lt; &amp;"),
        # what is no entity stays
        ("<MSFT.O> rose", "<MSFT.O> rose"),
        ("R&notes", "R&notes"),
        ("R&notes;", "R&notes;"),
        ("&regional; &copy2; &notit;", "&regional; &copy2; &notit;"),
        ("AT&T; Q&A; &; &#; &#x; &#xZ;", "AT&T; Q&A; &; &#; &#x; &#xZ;"),
        ("?a=1&copy=2&lt", "?a=1&copy=2&lt"),
        ("&unknown; &" + "a" * 99 + ";", "&unknown; &" + "a" * 99 + ";"),
        # forbidden, written out or as entities
        ("a\x00b\x1fc\x7fd\x80e\x9ff\ufeffg\ufffeh\uffffi", "abcdefghi"),
        ("\ud800a\udfff", "a"),
        ("a&#0;b", "a\ufffdb"),
        ("a&#1;b&#x7F;c&#65279;d", "abcd"),
        ("a&#xD800;b&#x110000;c&#9999999;", "a\ufffdb\ufffdc\ufffd"),
        ("&#128;", "€"),  # as HTML 5 reads it
        ("a\x00\n\x00b", "a b"),
        ("&\x00amp;", "&amp;"),  # what comes together only now is not resolved
        ("データ 😀 é", "データ 😀 é"),
    ],
)
def test_folded_text_is_one_clean_line(text: str, line: str) -> None:
    assert folded(text) == line


@given(ANY_TEXT | MARKUP)
def test_folded_text_has_nothing_that_xml_forbids_and_no_blank_too_many(text: str) -> None:
    line = folded(text)
    assert not FORBIDDEN.search(line)
    assert line == " ".join(line.split())
    assert not set(line) & set("\t\n\r\x85\u2028\u2029")


@given(ANY_TEXT | MARKUP)
def test_folding_twice_changes_no_more_than_entities(text: str) -> None:
    assume("&" not in text)
    assert folded(folded(text)) == folded(text)


@given(ANY_TEXT)
def test_escaped_text_folds_to_the_text(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    assert folded(escaped) == " ".join(printable(text).split())


@pytest.mark.parametrize(
    "code", [0x09, 0x0A, 0x0D, 0x20, 0x7E, 0x85, 0xA0, 0xD7FF, 0xE000, 0xFFFD, 0x10000, 0x10FFFF]
)
def test_printable_keeps_what_xml_allows(code: int) -> None:
    assert printable(chr(code)) == chr(code)


@pytest.mark.parametrize(
    "code", [0, 0x08, 0x0B, 0x0C, 0x0E, 0x1F, 0x7F, 0x84, 0x86, 0x9F, 0xD800, 0xDFFF, 0xFEFF, 0xFFFE]
)
def test_printable_removes_what_xml_forbids_or_discourages(code: int) -> None:
    assert printable(f"a{chr(code)}b") == "ab"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AI", "ai"),
        ("Straße", "STRASSE"),
        ("Café", "Cafe\u0301"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("ﬁne", "FINE"),
        ("\u212bngström", "ångström"),
        ("ᾳ\u0301", "\u03b1\u0301\u0345"),
    ],
)
def test_names_equal_after_nfc_and_case_folding_are_the_same(one: str, other: str) -> None:
    assert same(one) == same(other)


@pytest.mark.parametrize(
    ("one", "other"), [("AI", "A I"), ("Cafe", "Café"), ("ａ", "a"), ("ı", "i"), ("C", "C++")]
)
def test_other_names_are_not_the_same(one: str, other: str) -> None:
    assert same(one) != same(other)


@given(ANY_TEXT)
def test_the_form_that_is_compared_is_nfc_and_does_not_depend_on_the_spelling(name: str) -> None:
    form = same(name)
    assert unicodedata.is_normalized("NFC", form)
    for spelling in (unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name), form):
        assert same(spelling) == form


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en", "en"),
        (" en_US ", "en-US"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("", ""),
        ("English (US)", ""),
        ("e", ""),
    ],
)
def test_a_language_is_a_tag_or_none(text: str, tag: str) -> None:
    assert language_tag(text) == tag
