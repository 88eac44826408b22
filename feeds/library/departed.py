"""Where feeds were that moved or were removed, for those who serve them: read beside a running publisher."""

import sqlite3
from contextlib import closing
from pathlib import Path

QUERY = """
SELECT slug, new_slug FROM moved
UNION ALL
SELECT slug, '' FROM retired
"""


def departed(library: Path) -> dict[str, str]:
    """The new slug of each moved feed, and an empty one for each that is gone for good (HTTP 301, 410).

    Where there is no library of this version, no feed is known to have left.
    """
    try:
        with closing(sqlite3.connect(f"{library.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return dict(connection.execute(QUERY).fetchall())
    except sqlite3.Error:
        return {}
