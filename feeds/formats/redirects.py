"""Where moved feeds are now, for web servers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

FILES = ("", "index.html", "rss.xml", "atom.xml", "feed.json")


@dataclass(frozen=True, slots=True)
class RedirectFormat:
    """How one kind of server is told."""

    file: str
    render: Callable[[str, Mapping[str, str]], bytes]


def nginx(site_url: str, moved: Mapping[str, str]) -> bytes:
    """Lines for an nginx `map $uri $moved { include …; }`: old path, new path."""
    return _lines(f"{old} {new};" for old, new in _pairs(site_url, moved))


def netlify(site_url: str, moved: Mapping[str, str]) -> bytes:
    """A `_redirects` file, as Netlify and Cloudflare Pages read it."""
    return _lines(f"{old} {new} 301" for old, new in _pairs(site_url, moved))


def _pairs(site_url: str, moved: Mapping[str, str]) -> list[tuple[str, str]]:
    root = urlsplit(site_url).path
    return [
        (f"{root}{old}/{name}", f"{root}{new}/{name}") for old, new in sorted(moved.items()) for name in FILES
    ]


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


FORMATS = (RedirectFormat("redirects.nginx", nginx), RedirectFormat("_redirects", netlify))
