"""Names become folders: the slug of a topic, and who keeps one that two want."""

import hashlib
import re
import unicodedata

from anyascii import anyascii

from feeds.config import MAX_SLUG

HASH_LENGTH = 6
# Names that differ only in signs must not share a slug: C, C++ and C#.
SIGNS = (
    (re.compile(r"(?<=[^\W_])(\++)"), lambda match: "-plus" * len(match[1]) + "-"),
    (re.compile(r"(?<=[^\W_])#"), lambda _: "-sharp-"),
    (re.compile(r"(?<!\S)\.(?=[^\W\d_])"), lambda _: "dot-"),
)
PICTURES = ("Sm", "So")  # Unicode categories of emoji, which anyascii would spell out, as in `grinning`


def slugify(name: str) -> str:
    """A topic's name as lower-case ASCII of a-z, 0-9 and single hyphens, at most 60 characters.

    `C++` is c-plus-plus, `C#` c-sharp, `.NET` dot-net; other scripts are transliterated; where nothing is
    left, `topic-` and six hexadecimal digits of the name's SHA-256.
    """
    text = unicodedata.normalize("NFC", name)
    for sign, spoken in SIGNS:
        text = sign.sub(spoken, text)
    text = "".join(" " if unicodedata.category(character) in PICTURES else character for character in text)
    slug = re.sub(r"[^a-z0-9]+", "-", anyascii(text).lower()).strip("-")[:MAX_SLUG].strip("-")
    return slug or f"topic-{fingerprint(name)}"


def distinct(name: str, slug: str) -> str:
    """The slug of a name that may not have the one it wants."""
    ending = f"-{fingerprint(name)}"
    return slug[: MAX_SLUG - len(ending)].strip("-") + ending


def fingerprint(name: str) -> str:
    """Six hexadecimal digits of the SHA-256 of a name (NFC, UTF-8)."""
    return hashlib.sha256(unicodedata.normalize("NFC", name).encode()).hexdigest()[:HASH_LENGTH]
