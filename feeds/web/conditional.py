"""Whether a client has what it asks for already (RFC 9110 §13)."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus

ENTITY_TAG = re.compile(rb'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')  # §8.8.3
ANY = b"*"

HEADERS = frozenset((b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since"))


def status(asked: Mapping[bytes, bytes], etag: bytes, modified: int) -> HTTPStatus:
    """200, 304 or 412 for a GET or HEAD with these headers (lower-case names), in the order of §13.2.2.

    `etag` is the strong one of the representation that was chosen, `modified` its last second of change.
    """
    if b"if-match" in asked:
        if not _listed(asked[b"if-match"], etag, weak=False):
            return HTTPStatus.PRECONDITION_FAILED
    elif b"if-unmodified-since" in asked:
        date = _seconds(asked[b"if-unmodified-since"])
        if date is not None and modified > date:
            return HTTPStatus.PRECONDITION_FAILED
    if b"if-none-match" in asked:
        same = _listed(asked[b"if-none-match"], etag, weak=True)
        return HTTPStatus.NOT_MODIFIED if same else HTTPStatus.OK
    if b"if-modified-since" in asked:
        date = _seconds(asked[b"if-modified-since"])
        if date is not None and modified <= date:
            return HTTPStatus.NOT_MODIFIED
    return HTTPStatus.OK


def _listed(tags: bytes, etag: bytes, *, weak: bool) -> bool:
    if tags == etag:  # what a client that polls sends
        return True
    if tags.strip() == ANY:
        return True
    return any(tag == etag and (weak or not weakened) for weakened, tag in ENTITY_TAG.findall(tags))


@lru_cache(maxsize=1024)
def _seconds(date: bytes) -> int | None:
    """An HTTP-date in any of its three forms (§5.6.7); None for what is none, which §13.1.3 ignores."""
    try:
        return int(parsedate_to_datetime(date.decode("ascii")).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
