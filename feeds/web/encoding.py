"""Content codings: which one a client likes best (RFC 9110 §12.5.3), and how each is made."""

import re
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache

import brotli  # type: ignore[import-untyped]
import zstandard

IDENTITY = "identity"
# Measured on feeds: below these levels they are larger by 5 % and more, above them they only take longer.
BROTLI_QUALITY, ZSTD_LEVEL, GZIP_LEVEL = 6, 9, 6
GZIP_CONTAINER = 16 + zlib.MAX_WBITS
QVALUE = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")
# What a client that does not speak of `identity` thinks of it: acceptable, but not as good as what it named.
UNSAID = 0.0001
ALIASES = {"x-gzip": "gzip"}  # RFC 9110 §8.4.1.3


def _brotli(data: bytes) -> bytes:
    return bytes(brotli.compress(data, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY))


def _zstd(data: bytes) -> bytes:
    # A compressor of its own: they are not safe to share between threads. The window of this level stays
    # below the 8 MB that every client has (RFC 9659 §3).
    return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(data)


def _gzip(data: bytes) -> bytes:
    """As gzip, without name and time, so that the same bytes always give the same bytes."""
    compressor = zlib.compressobj(GZIP_LEVEL, wbits=GZIP_CONTAINER)
    return compressor.compress(data) + compressor.flush()


# The best of equals first: on feeds, brotli makes 3 % less than zstd and half of gzip.
COMPRESS: Mapping[str, Callable[[bytes], bytes]] = {"br": _brotli, "zstd": _zstd, "gzip": _gzip}


@lru_cache(maxsize=256)
def choose(accept: bytes) -> str:
    """The coding that this Accept-Encoding prefers among ours; `identity` where none is acceptable."""
    weights = dict(filter(None, map(_weighted, accept.decode("latin-1").split(","))))
    others = weights.get("*")
    wanted = {coding: weights.get(coding, others or 0.0) for coding in COMPRESS}
    wanted[IDENTITY] = weights.get(IDENTITY, UNSAID if others is None else others)
    best = max(wanted, key=wanted.__getitem__)  # of equals, the first
    return best if wanted[best] > 0 else IDENTITY


def _weighted(element: str) -> tuple[str, float] | None:
    """A coding and its weight; nothing where the weight is none, as nobody knows what was meant."""
    coding, *parameters = (part.strip().lower() for part in element.split(";"))
    weight = "1"
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            weight = value.strip()
    if not coding or not QVALUE.fullmatch(weight):
        return None
    return ALIASES.get(coding, coding), float(weight)
