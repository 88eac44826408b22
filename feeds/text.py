"""Text and addresses as they may stand in a feed."""

import html
import re
import unicodedata
from html.entities import html5
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

# What XML 1.0 §2.2 forbids or discourages and YAML 1.1 §5.1 refuses, which is the same but for DEL and C1,
# and the byte order mark, which breaks readers wherever it stands.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
# Only whole, with their semicolon: HTML 5 would also read "R&notes" and "R&notes;" as "R¬es".
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# RFC 3986 §2.2 and §2.3: reserved and unreserved characters stand for themselves.
URL_SAFE = "!#$&'()*+,/:;=?@~%"
STRAY_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
HOST = re.compile(r"(?:[a-z0-9_~-]+\.)*[a-z0-9_~-]+\.?")  # no label empty, not even after normalisation
# An address of which nothing is left to do: most are, and looking is cheaper than taking apart.
FINE_ADDRESS = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
    r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
    r"(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})+)?(?:#(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})+)?"
)
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
MAX_URL = 4096
TOO_LONG = f"an address of at most {MAX_URL} characters"


def printable(text: str) -> str:
    """The text without the characters that XML forbids."""
    # Python calls none of those printable, and looking is cheaper than replacing.
    return text if text.isprintable() else FORBIDDEN.sub("", text)


def folded(text: str) -> str:
    """One line of text: HTML entities resolved once, forbidden characters removed, white space folded."""
    resolved = ENTITY.sub(_resolved, text) if "&" in text else text
    return " ".join(printable(resolved).split())


def _resolved(entity: re.Match[str]) -> str:
    known = entity[0].startswith("&#") or entity[0][1:] in html5
    return html.unescape(entity[0]) if known else entity[0]


def language_tag(text: str) -> str:
    """A language as feeds name it (BCP 47): `en_US` is en-US; empty for what is no tag."""
    tag = text.strip().replace("_", "-")
    return tag if LANGUAGE_TAG.fullmatch(tag) else ""


def same(name: str) -> str:
    """The form in which two names of a topic, provider or language are compared: NFC, case-folded."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def web_address(text: str, base: str = "") -> str:
    """An absolute http(s) URI (RFC 3986): stripped, resolved against `base`, percent-encoded.

    Raises ValueError, whose message completes "expected", for any other scheme, for credentials and for
    what is no address at all.
    """
    if len(text) <= MAX_URL and FINE_ADDRESS.fullmatch(text):
        return text
    text = printable(text).strip()
    if not text:
        raise ValueError("an http or https address")
    if len(text) > MAX_URL:  # before Unicode's normal forms, which take their time, are asked for its host
        raise ValueError(TOO_LONG)
    try:
        parts = urlsplit(urljoin(base, text))
        port = parts.port
    except ValueError as error:
        raise ValueError("an http or https address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an http or https address")
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address without credentials")
    host = _host(parts.hostname)
    netloc = host if port is None else f"{host}:{port}"
    address = urlunsplit(
        (parts.scheme, netloc, _quoted(parts.path) or "/", _quoted(parts.query), _quoted(parts.fragment))
    )
    if len(address) > MAX_URL:
        raise ValueError(TOO_LONG)
    return address


def _host(host: str) -> str:
    if re.fullmatch(r"[0-9a-f.]*:[0-9a-f:.]*", host):
        return f"[{host}]"
    try:
        ascii_host = host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError("an http or https address") from error
    if not HOST.fullmatch(ascii_host):
        raise ValueError("an http or https address")
    return ascii_host


def _quoted(part: str) -> str:
    return quote(STRAY_PERCENT.sub("%25", part), safe=URL_SAFE)
