"""What a request names: the path of a file below the output folder, or nothing that there could be."""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

INDEX = "index.html"
LONGEST = 1024
# Of a file name: separators, however they were encoded, and what no name of ours has.
NOT_IN_A_NAME = re.compile(r"[/\\\x00-\x1f\x7f]")


@lru_cache(maxsize=1024)
def path_of(target: bytes) -> str | None:
    """The path of the file at this target, which has no query: decoded once, `index.html` for a folder's.

    None for what is no name of a file: `..`, dotfiles, empty segments, encoded slashes, backslashes and NULs,
    bytes that are not UTF-8.
    """
    if len(target) > LONGEST:
        return None
    root, *segments = target.split(b"/")
    if root or not segments:
        return None
    if not segments[-1]:
        segments[-1] = INDEX.encode()
    try:
        # Decoded once, and segment by segment: what is a slash then is no separator (RFC 3986 §2.4).
        names = [(unquote_to_bytes(segment) if b"%" in segment else segment).decode() for segment in segments]
    except UnicodeDecodeError:
        return None
    if any(not name or name.startswith(".") or NOT_IN_A_NAME.search(name) for name in names):
        return None
    return "/".join(names)
