"""The library's file: made, migrated from every version that ever was, and refused when it is not ours."""

import sqlite3
from pathlib import Path

import pytest

from feeds.library import database
from feeds.library.database import MIGRATIONS, Unusable, connect, path_for, transaction
from feeds.library.index import UNREAD


def _schema(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()


@pytest.mark.parametrize("version", range(len(MIGRATIONS) + 1))
def test_every_earlier_version_becomes_this_one(tmp_path: Path, version: int) -> None:
    old = sqlite3.connect(tmp_path / "old.sqlite")
    for script in MIGRATIONS[:version]:
        old.executescript(script)
    old.execute(f"PRAGMA user_version = {version}")
    old.close()
    migrated, fresh = connect(tmp_path / "old.sqlite"), connect(None)
    assert _schema(migrated) == _schema(fresh)
    assert migrated.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    migrated.close()
    fresh.close()


def test_what_an_earlier_version_knew_is_kept(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "old.sqlite")
    old.executescript(MIGRATIONS[0])
    old.execute("PRAGMA user_version = 1")
    old.execute("INSERT INTO setting VALUES ('site', 'https://example.com/')")
    old.commit()
    old.close()
    migrated = connect(tmp_path / "old.sqlite")
    assert migrated.execute("SELECT value FROM setting").fetchall() == [("https://example.com/",)]
    migrated.close()


def test_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    newer = sqlite3.connect(tmp_path / "newer.sqlite")
    newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    newer.close()
    with pytest.raises(Unusable, match="newer version"):
        connect(tmp_path / "newer.sqlite")


@pytest.mark.parametrize(
    "data", [b"not a database at all, but long enough to be read as one" * 100, b"x" * 10]
)
def test_another_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "other.sqlite").write_bytes(data)
    with pytest.raises(Unusable):
        connect(tmp_path / "other.sqlite")


def test_the_library_is_written_ahead_and_fully_synced(tmp_path: Path) -> None:
    library = connect(tmp_path / "one.sqlite")
    assert library.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert library.execute("PRAGMA synchronous").fetchone() == (2,)
    library.close()


def test_each_output_has_a_library_of_its_own(tmp_path: Path) -> None:
    paths = {path_for(tmp_path, tmp_path / name) for name in ("a/out", "b/out", "c")}
    assert len(paths) == 3
    assert path_for(tmp_path, tmp_path / "a" / "out").name.startswith("out-")


@pytest.mark.parametrize(("keep", "left"), [(True, 1), (False, 0)])
def test_a_transaction_keeps_all_or_nothing(keep: bool, left: int) -> None:  # noqa: FBT001 - a parameter
    library = connect(None)
    with transaction(library, keep=keep):
        library.execute("INSERT INTO setting VALUES ('a', 'b')")
    assert library.execute("SELECT count(*) FROM setting").fetchone() == (left,)
    with pytest.raises(ZeroDivisionError), transaction(library, keep=True):  # noqa: PT012 - what it is about
        library.execute("DELETE FROM setting")
        raise ZeroDivisionError
    assert library.execute("SELECT count(*) FROM setting").fetchone() == (left,)
    library.close()


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (UNREAD, "SEARCH file USING INDEX file_unread"),
        (
            "SELECT file, key, name FROM topic WHERE file IN (1, 2) ORDER BY file, place",
            "SEARCH topic USING COVERING INDEX topic_file",
        ),
    ],
)
def test_what_every_run_asks_is_answered_without_a_look_at_each_row(query: str, index: str) -> None:
    library = connect(None)
    parameters = (1,) * query.count("?")
    steps = [row[3] for row in library.execute(f"EXPLAIN QUERY PLAN {query}", parameters)]
    library.close()
    assert [step.partition(" (")[0] for step in steps] == [index]


def test_every_table_and_column_is_documented() -> None:
    text = (Path(__file__).parent.parent.parent / "docs" / "library.md").read_text(encoding="utf-8")
    library = connect(None)
    tables = [name for (name,) in library.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    columns = {
        f"{table}.{row[1]}" for table in tables for row in library.execute(f"PRAGMA table_info({table})")
    }
    library.close()
    assert sorted(tables) == sorted(
        ["entry", "feed", "file", "mended", "moved", "retired", "retraction", "setting", "shown", "topic"]
    )
    missing = [name for name in columns if f"`{name.partition('.')[2]}`" not in _section(text, name)]
    assert missing == []
    assert database.path_for(Path(".feeds"), Path("output")).suffix == ".sqlite"


def _section(text: str, column: str) -> str:
    return text.partition(f"## `{column.partition('.')[0]}`")[2].partition("\n## ")[0]
