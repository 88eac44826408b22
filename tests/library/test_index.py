"""The index is what a fresh look at all files would make it, whatever it held before."""

import errno
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest
from builders import write_article
from hypothesis import given
from hypothesis import strategies as st

from feeds.articles import listing
from feeds.articles.aliases import Reading
from feeds.articles.source import find
from feeds.library import database, index

READING = Reading("https://site.example/")
READINGS = st.sampled_from(
    [
        READING,
        Reading("https://moved.example/"),
        Reading("https://site.example/", "/{year}/{slug}/"),
        Reading("https://site.example/", None, ("tags",)),
    ]
)
# Articles of few links and topics, so that they meet; and all else that a file can be.
ARTICLES = st.fixed_dictionaries(
    {"webUrl": st.sampled_from(["https://a.example/1", "https://a.example/2", "/3", None])},
    optional={
        "id": st.sampled_from(["urn:x:1", "urn:x:2"]),
        "topics": st.lists(st.sampled_from(["AI", "ai", "ML"]), max_size=2),
        "tags": st.just(["Tagged"]),
        "excerpt": st.sampled_from(["", "a\x01b"]),
        "quality": st.sampled_from(["high", "60"]),
        "published": st.booleans(),
    },
)
CONTENTS = ARTICLES | st.sampled_from(["no front matter", "---\n[", "+++\n"])
# Names of which some are the same article to a reader.
NAMES = st.sampled_from(["a/one.md", "b/one.md", "c/two.md", "two/index.md", "three.html", "é.txt"])
FOLDERS = st.dictionaries(NAMES, CONTENTS, max_size=6)
EDITS = st.dictionaries(NAMES, CONTENTS | st.none(), max_size=3)  # None: the file goes


TOPIC = "topic.key, topic.published_at, topic.link, place, name"
MENDED = "mended.line, mended.field, mended.expected, mended.found"


def lay_out(folder: Path, files: dict[str, object]) -> None:
    """Make the folder hold these files and no others."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    edit(folder, files)


def edit(folder: Path, files: dict[str, object]) -> None:
    """Write, replace and remove these files; the others stay as they are."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, dict):
            write_article(path, **content)
        elif content is not None:
            path.write_text(str(content))
        else:
            path.unlink(missing_ok=True)


def rows(library: sqlite3.Connection) -> list[object]:
    """All that is known, in an order of its own, but for numbers of files and how they look from outside."""
    columns = [name for _, name, *_ in library.execute("PRAGMA table_info (file)")]
    # Whether it has twins is asked of articles alone.
    own = ", ".join(name for name in columns if name not in ("id", "mtime_ns", "size", "inode", "twins"))
    queries = (
        f"SELECT {own}, state = 'article' AND twins FROM file ORDER BY path",
        f"SELECT path, {TOPIC} FROM topic JOIN file ON file.id = topic.file ORDER BY path, place",
        f"SELECT path, {MENDED} FROM mended JOIN file ON file.id = mended.file ORDER BY 1, 2, 3",
        "SELECT * FROM setting ORDER BY name",
    )
    return [library.execute(query).fetchall() for query in queries]


def articles(library: sqlite3.Connection) -> list[object]:
    """All that is known but for the settings."""
    return rows(library)[:-1]


def fresh(folder: Path, reading: Reading) -> list[object]:
    with closing(database.connect(None)) as library:
        index.update(library, find([folder]), reading, 0)
        return rows(library)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index") / "articles"


@pytest.mark.parametrize("most", [0, 1000], ids=["twins found for all", "twins found for those touched"])
@given(files=FOLDERS, edits=st.lists(st.tuples(EDITS, READINGS), min_size=1, max_size=3))
def test_an_index_brought_up_to_date_is_the_one_of_a_fresh_look(
    folder: Path, most: float, files: dict[str, object], edits: list[tuple[dict[str, object], Reading]]
) -> None:
    lay_out(folder, files)
    with closing(database.connect(None)) as library, mock.patch.object(index, "MOST", most):
        index.update(library, find([folder]), READING, 0)
        for changes, reading in edits:
            edit(folder, changes)
            index.update(library, find([folder]), reading, 0)
            assert rows(library) == fresh(folder, reading)


@pytest.mark.parametrize("most", [0, 1000], ids=["twins found for all", "twins found for those touched"])
def test_what_was_a_twin_is_none_when_the_other_moves_or_goes(folder: Path, most: float) -> None:
    both: dict[str, object] = {name: {"webUrl": "https://a.example/1"} for name in ("a/one.md", "c/two.md")}
    for change in ({"webUrl": "https://a.example/2"}, "no front matter", "---\n[", None):
        lay_out(folder, both)
        with closing(database.connect(None)) as library, mock.patch.object(index, "MOST", most):
            index.update(library, find([folder]), READING, 0)
            assert [row[0] for row in library.execute("SELECT twins FROM file")] == [1, 1]
            edit(folder, {"a/one.md": change})
            index.update(library, find([folder]), READING, 0)
            assert rows(library) == fresh(folder, READING)


@pytest.mark.parametrize("most", [0, 1000], ids=["twins found for all", "twins found for those touched"])
@given(files=FOLDERS)
def test_articles_have_twins_that_share_a_link_or_an_identity(
    folder: Path, most: float, files: dict[str, object]
) -> None:
    lay_out(folder, files)
    with closing(database.connect(None)) as library, mock.patch.object(index, "MOST", most):
        index.update(library, find([folder]), READING, 0)
        query = "SELECT path, link, identity, twins FROM file WHERE state = 'article'"
        known = library.execute(query).fetchall()
    for path, link, identity, twins in known:
        others = [one for one in known if one[0] != path and (one[1] == link or one[2] == identity)]
        assert bool(others) == bool(twins)


@pytest.mark.parametrize("top", ["articles", "."])
@pytest.mark.parametrize("closed", ["", "deep"])
def test_files_below_a_folder_that_cannot_be_read_stay_as_they_were_known(
    tmp_path: Path, top: str, closed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_article(Path(top) / "one.md")
    write_article(Path(top) / "deep" / "two.md")
    kept, unreadable, scandir = Path("listing"), Path(top) / closed, os.scandir

    def refusing(folder: str) -> object:
        if Path(folder) == unreadable:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return scandir(folder)

    with closing(database.connect(None)) as library:
        index.update(library, find([Path(top)]), READING, 0)
        before = articles(library)
        with monkeypatch.context() as patched:
            patched.setattr(os, "scandir", refusing)
            found = find([Path(top)])
        expected = "expected a readable folder, found Permission denied"
        assert list(map(str, found.unreadable)) == [f"{unreadable}: {expected}"]
        assert index.update(library, found, READING, 0).deleted == 0
        assert articles(library) == before
        found.keep(kept)
        shutil.rmtree(Path(top) / "deep")
        assert index.update(library, find([Path(top)]), READING, 0, before=kept).deleted == 1


@given(files=FOLDERS, edits=st.lists(EDITS, min_size=1, max_size=3), fate=st.sampled_from(["kept", "lost"]))
def test_no_more_is_opened_than_what_changed_whether_the_earlier_listing_is_there_or_not(
    folder: Path, files: dict[str, object], edits: list[dict[str, object]], fate: str
) -> None:
    lay_out(folder, files)
    kept = folder.with_name("listing")
    with closing(database.connect(None)) as library, mock.patch.object(listing, "MOST", 2):
        for number, changes in enumerate([files, *edits]):
            edit(folder, changes)
            changed = [path for path in map(folder.joinpath, changes) if path.exists()]
            for path in changed:
                os.utime(path, (number, number))
            found = find([folder])
            opened = index.update(library, found, READING, sys.maxsize, before=kept).opened
            assert (opened, articles(library)) == (len(changed), fresh(folder, READING)[:-1])
            if fate == "kept":
                found.keep(kept)
