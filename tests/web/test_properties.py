"""Whatever a client sends: parsers never fail, and no spelling of a path leads out of the folder."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from web.asking import SECRET, put

from feeds.config import Config
from feeds.web import conditional
from feeds.web.encoding import COMPRESS, IDENTITY, choose
from feeds.web.responder import Responder
from feeds.web.targets import path_of

ETAG = b'"0123456789abcdef"'
MODIFIED = 1_700_000_000
CODING = st.sampled_from([*COMPRESS, IDENTITY, "*", "deflate"])
WEIGHT = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)
TAG = st.text(st.characters(min_codepoint=0x23, max_codepoint=0x7E), max_size=9).map(
    lambda text: f'"{text}"'.encode()
)
BLANK = st.sampled_from([b"", b" ", b"\t", b"  "])


@given(st.dictionaries(CODING, WEIGHT))
def test_no_coding_is_chosen_that_another_acceptable_one_is_preferred_to(weights: dict[str, float]) -> None:
    chosen = choose(", ".join(f"{coding};q={weight:.3f}" for coding, weight in weights.items()).encode())
    others = weights.get("*")
    wanted = {coding: weights.get(coding, others or 0) for coding in COMPRESS}
    best, plain = max(wanted.values()), weights.get(IDENTITY, others or 0)
    if chosen == IDENTITY:
        assert best == 0 or plain > best
    else:
        assert wanted[chosen] == best > 0
        assert best >= plain


@given(st.text(st.characters(max_codepoint=0xFF)))
def test_any_accept_encoding_gives_a_coding(accept: str) -> None:
    assert choose(accept.encode("latin-1")) in {*COMPRESS, IDENTITY}


@pytest.mark.parametrize("compress", COMPRESS.values(), ids=[*COMPRESS])
def test_the_same_bytes_are_always_compressed_to_the_same(compress: object) -> None:
    data = os.urandom(1000) * 20
    assert callable(compress)
    assert compress(data) == compress(data)
    assert len(compress(data)) < len(data) / 10


@given(st.lists(st.tuples(st.booleans(), TAG)), BLANK, st.integers(0, 9), st.booleans())
def test_a_tag_is_found_wherever_it_stands(
    others: list[tuple[bool, bytes]],
    blank: bytes,
    place: int,
    weak: bool,  # noqa: FBT001
) -> None:
    tags = [(b"W/" if weakened else b"") + tag for weakened, tag in others]
    own = (b"W/" if weak else b"") + ETAG
    separator = blank + b"," + blank
    listed = separator.join([*tags[:place], own, *tags[place:]])
    assert conditional.status({b"if-none-match": listed}, ETAG, MODIFIED) == 304
    without = {b"if-none-match": separator.join(tags) or b'""'}
    assert conditional.status(without, ETAG, MODIFIED) == 200


@given(st.dictionaries(st.sampled_from(sorted(conditional.HEADERS)), st.binary()))
@example({b"if-modified-since": b"Sun, 06 Nov 1994 08:49:37 +99999999999999"})
@example({b"if-modified-since": b"1" * 5000})
@example({b"if-modified-since": b"Sun, 06 Nov 99999999999999999999 08:49:37 GMT"})
def test_any_condition_gives_a_status(asked: dict[bytes, bytes]) -> None:
    assert conditional.status(asked, ETAG, MODIFIED) in {200, 304, 412}


HOSTILE = (
    ". .. %2e%2e %2E. ai outside linked .hidden %00 %2f %5c \\ rss.xml linked.xml fifo.xml ~ "
    "%252e%252e ..%2foutside ..%5coutside %c0%ae"
)
SEGMENT = st.one_of(st.sampled_from([b"", *HOSTILE.encode().split()]), st.binary(max_size=8))


@given(st.lists(SEGMENT, max_size=6).map(lambda segments: b"/" + b"/".join(segments)))
def test_a_path_stays_below_the_folder(target: bytes) -> None:
    path = path_of(target)
    if path is not None:
        names = path.split("/")
        assert all(names)
        assert not any(name.startswith(".") for name in names)
        assert not any(mark in path for mark in ("\\", "\0", "\n"))
        assert os.path.normpath(path) == path


def test_no_spelling_of_a_path_gives_what_is_outside() -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        output = root / "output"
        put(output / "ai/rss.xml", b"<rss/>")
        for name in ("rss.xml", "index.html", ".hidden/rss.xml"):
            put(root / "outside" / name, SECRET)
            put(output / ".hidden" / name, SECRET)
        (output / "linked").symlink_to(root / "outside")
        (output / "linked.xml").symlink_to(root / "outside/rss.xml")
        (output / "ai/linked").symlink_to("../../outside")
        os.mkfifo(output / "fifo.xml")
        responder = Responder(Config(output=output, state=root / "state"))
        statuses = set()

        @given(st.lists(SEGMENT, max_size=6).map(lambda segments: b"/" + b"/".join(segments)))
        @example([b"", b"ai", b"rss.xml"])
        def ask(target: bytes | list[bytes]) -> None:
            path = target if isinstance(target, bytes) else b"/".join(target)
            response = responder.respond(b"GET", path, [])
            statuses.add(int(response.status))
            assert response.status in {200, 404}
            assert response.body in {b"<rss/>", b"There is nothing here.\n"}

        ask()
        assert statuses == {200, 404}
