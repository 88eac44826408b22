"""Pictures of an article, as enclosures need them."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from feeds.articles.article import Image
from feeds.syndication.feed import Media

# Our own table: the system's `mimetypes` differs from machine to machine.
TYPES = {
    ".apng": "image/apng",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".ico": "image/x-icon",
    ".jfif": "image/jpeg",
    ".jpe": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".jxl": "image/jxl",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
}


def media(image: Image) -> Media:
    """An image with the type that its address tells."""
    return Media(image.url, media_type(image.url), image.width, image.height, image.length, image.title)


def media_type(url: str) -> str | None:
    """From the suffix of the path; a query string such as `?url=x.jpg` tells nothing."""
    path = unquote(urlsplit(url).path)
    name = path.rpartition("/")[2]
    if name in ("", "."):
        name = PurePosixPath(path).name
    dot = name.rfind(".")
    return TYPES.get(name[dot:].lower()) if dot > 0 else None


def largest(images: Iterable[Media]) -> Media | None:
    """The one of most pixels, a missing size counting 0; of equals the first."""
    return max(images, key=lambda image: image.width * image.height, default=None)
