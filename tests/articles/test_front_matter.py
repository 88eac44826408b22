"""A file's bytes are taken apart into front matter and body, or refused with the line that is to blame."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.articles.front_matter import MAX_FRONT_MATTER, FrontMatterError, split

BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"Just text.\n",
        b"# A heading\n---\ntitle: x\n---\n",
        b"\n---\ntitle: x\n---\n",
        b" ---\ntitle: x\n---\n",
        b"--\n",
        b"- - -\n",
        b"<!doctype html>\n",
        b"++\n",
        BOM,
        BOM + b"text",
        b"\xff\xfe-\x00-\x00-\x00",
        b"\xff",
    ],
)
def test_a_file_that_does_not_begin_with_dashes_has_no_front_matter(data: bytes) -> None:
    assert split(data) is None


@pytest.mark.parametrize(
    ("data", "value", "body"),
    [
        pytest.param(b"---\na: b\n---\ntext\n", {"a": "b"}, "text\n", id="plain"),
        pytest.param(b"---\na: b\n---", {"a": "b"}, "", id="nothing after the closing"),
        pytest.param(b"---\na: b\n--- \t\ntext", {"a": "b"}, "text", id="blanks behind the closing"),
        pytest.param(b"--- \t\na: b\n---\ntext", {"a": "b"}, "text", id="blanks behind the opening"),
        pytest.param(b"---\r\na: b\r\n---\r\ntext\r\n", {"a": "b"}, "text\r\n", id="CRLF"),
        pytest.param(b"---\ra: b\r---\rtext\r", {"a": "b"}, "text\r", id="CR"),
        pytest.param(b"---\r\na: b\n---\rtext", {"a": "b"}, "text", id="mixed line breaks"),
        pytest.param(BOM + b"---\na: b\n---\ntext", {"a": "b"}, "text", id="byte order mark"),
        pytest.param(b"---\na: b\n...\ntext", {"a": "b"}, "text", id="closed with dots"),
        pytest.param(b"---\n---\ntext", {}, "text", id="empty"),
        pytest.param(b"---\n\n# nothing\n---\n", {}, "", id="comments only"),
        pytest.param(
            b"---\na: b\n---\n\n---\nc\n---\n", {"a": "b"}, "\n---\nc\n---\n", id="rules in the body"
        ),
        pytest.param(b"---\na: |\n  ---\n  x\n---\ny", {"a": "---\nx\n"}, "y", id="indented dashes"),
        pytest.param(b"---\na: x---\nb: ---y\n---\n", {"a": "x---", "b": "---y"}, "", id="dashes in a value"),
        pytest.param("---\nä: データ\n---\n😀".encode(), {"ä": "データ"}, "😀", id="UTF-8"),
        pytest.param(b"---\nNO: 010\nb: 2024-02-30\n---\n", {"NO": "010", "b": "2024-02-30"}, "", id="text"),
    ],
)
def test_front_matter_and_body(data: bytes, value: dict[str, object], body: str) -> None:
    matter = split(data)
    assert matter is not None
    assert (matter.document.value, matter.body, matter.removed) == (value, body, 0)


@pytest.mark.parametrize(
    ("data", "value", "body", "removed"),
    [
        (b"---\na: b\x00c\x1b\n---\n", {"a": "bc"}, "", 2),
        (b"---\na: b\n---\nx\x00\x08\xef\xbb\xbfy\xef\xbf\xbe", {"a": "b"}, "xy", 4),
        (b"---\n\x07\n---\n\x07", {}, "", 2),
        ("---\na: b\x9fc\n---\n".encode(), {"a": "bc"}, "", 1),
    ],
)
def test_forbidden_characters_are_removed_and_counted(
    data: bytes, value: dict[str, object], body: str, removed: int
) -> None:
    matter = split(data)
    assert matter is not None
    assert (matter.document.value, matter.body, matter.removed) == (value, body, removed)


OPENING = "expected --- alone on the first line, found"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(
            b"+++\na = 1\n+++\n",
            "1: expected YAML front matter between --- lines, found TOML front matter (+++)",
            id="TOML",
        ),
        pytest.param(
            BOM + b"+++",
            "1: expected YAML front matter between --- lines, found TOML front matter (+++)",
            id="TOML and BOM",
        ),
        pytest.param(b"----\na: b\n---\n", f"1: {OPENING} '----'", id="four dashes"),
        pytest.param(b"--- a: b\n---\n", f"1: {OPENING} '--- a: b'", id="more on the first line"),
        pytest.param(b"---" + b"-" * 99 + b"\n", f"1: {OPENING} '{'-' * 59}…'", id="a long rule"),
        pytest.param("---\xa0\na: b\n---".encode(), f"1: {OPENING} '---\\xa0'", id="no-break space"),
        pytest.param(b"---\x00\na: b\n---", f"1: {OPENING} '---\\x00'", id="NUL"),
        pytest.param(b"---\xff\n", f"1: {OPENING} '---\ufffd'", id="no UTF-8 on the first line"),
        pytest.param(
            b"---", "1: expected a closing --- line after the front matter, found none", id="dashes alone"
        ),
        pytest.param(
            b"---\n", "1: expected a closing --- line after the front matter, found none", id="one line"
        ),
        pytest.param(
            b"---\na: b\n ---\n",
            "1: expected a closing --- line after the front matter, found none",
            id="indented",
        ),
        pytest.param(
            b"---\na: b\n----\n",
            "1: expected a closing --- line after the front matter, found none",
            id="longer",
        ),
        pytest.param(
            b"---\na: b ---\n",
            "1: expected a closing --- line after the front matter, found none",
            id="behind",
        ),
        pytest.param(b"---\na: \xe9\n---\n", "2: expected UTF-8, found the byte 0xE9", id="Latin-1"),
        pytest.param(
            b"---\na: b\n---\n\n\xff\n", "5: expected UTF-8, found the byte 0xFF", id="Latin-1 in the body"
        ),
        pytest.param(
            b"---\ra: b\r\nc: \x80\r---\r",
            "3: expected UTF-8, found the byte 0x80",
            id="any line break counts",
        ),
        pytest.param(
            b"---\na: \xed\xa0\x80\n---\n", "2: expected UTF-8, found the byte 0xED", id="surrogate"
        ),
        pytest.param(b"---\na: \xc0\xae\n---\n", "2: expected UTF-8, found the byte 0xC0", id="overlong"),
        pytest.param(
            b"---\na: b\nc: [d\n---\n", "4: expected ',' or ']', found something else", id="YAML error"
        ),
        pytest.param(
            b"---\r\na: b\r\nc: @d\r\n---\r\n",
            "3: expected YAML, found character that cannot start any token",
            id="at sign",
        ),
        pytest.param(b"---\na: &x b\nc: *x\n---\n", "2: expected no anchors, found &x", id="anchor"),
        pytest.param(b"---\na: b\nc: *x\n---\n", "3: expected no aliases, found *x", id="alias"),
        pytest.param(b"---\na: b\n<<: {c: d}\n---\n", "3: expected no merge keys, found <<", id="merge key"),
        pytest.param(
            b"---\na: !!binary b\n---\n", "2: expected no tags, found tag:yaml.org,2002:binary", id="tag"
        ),
        pytest.param(
            b"---\na: b\na: c\n---\n", "3: expected each key once, found 'a' a second time", id="duplicate"
        ),
        pytest.param(
            b"---\n\na: " + b"[" * 25_000 + b"\n---\n",
            "3: expected at most 50 levels, found deeper nesting",
            id="depth",
        ),
        pytest.param(b"---\n- a\n---\n", "2: expected a mapping of keys to values, found a list", id="list"),
        pytest.param(
            b"---\na word\n---\n", "2: expected a mapping of keys to values, found 'a word'", id="word"
        ),
        pytest.param(
            b"---\na: b\n--- c\n---\n", "3: expected one document, found a second one", id="two documents"
        ),
    ],
)
def test_what_is_refused_is_named_with_its_line(data: bytes, message: str) -> None:
    with pytest.raises(FrontMatterError) as caught:
        split(data)
    assert str(caught.value) == f"line {message}"
    assert caught.value.line == int(message.partition(":")[0])


def test_front_matter_of_a_megabyte_is_read_and_no_byte_more() -> None:
    yaml = b"a: " + b"x" * (MAX_FRONT_MATTER - 4) + b"\n"
    matter = split(b"---\n" + yaml + b"---\n")
    assert matter is not None
    assert len(matter.document.value["a"] or "") == MAX_FRONT_MATTER - 4
    with pytest.raises(
        FrontMatterError, match=r"^line 1: expected front matter of at most 1 MB, found 1048577 bytes$"
    ):
        split(b"---\n" + b"#" + yaml + b"---\n")


def test_a_body_may_be_longer_than_front_matter() -> None:
    matter = split(b"---\n---\n" + b"x" * (3 * MAX_FRONT_MATTER))
    assert matter is not None
    assert len(matter.body) == 3 * MAX_FRONT_MATTER


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_lines_count_from_the_top_of_the_file(line_break: str) -> None:
    matter = split(line_break.join(("---", "a: b", "", "c:", "  - d: e", "---", "")).encode())
    assert matter is not None
    paths = [("a",), ("c",), ("c", 0, "d"), ("nowhere",)]
    assert [matter.line_of(path) for path in paths] == [2, 4, 5, None]


@settings(deadline=None)
@given(
    st.sampled_from((b"", BOM)),
    st.sampled_from((b"", b" ", b" \t ")),
    st.sampled_from((b"\n", b"\r\n", b"\r")),
    st.sampled_from((b"---", b"...")),
    st.text(
        st.characters(
            codec="utf-8", min_codepoint=0x20, exclude_categories=["Cc"], exclude_characters="\ufeff"
        )
    ),
)
def test_the_body_is_what_follows_the_closing_line(
    bom: bytes, blanks: bytes, line_break: bytes, closing: bytes, body: str
) -> None:
    lines = (bom + b"---" + blanks, b"a: b", closing + blanks, body.encode())
    matter = split(line_break.join(lines))
    assert matter is not None
    assert matter.document.value == {"a": "b"}
    assert matter.body == "".join(part for part in body if part not in "\ufffe\uffff")
