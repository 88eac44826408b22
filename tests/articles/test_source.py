"""Article files are found in a fixed order, each once, and nothing is read that merely looks like one."""

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.articles import listing
from feeds.articles.source import SourceFile, find
from feeds.errors import UsageError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(*paths: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(path, encoding="utf-8")


def found(*folders: str) -> list[str]:
    files = find(map(Path, folders))
    assert files.unreadable == ()
    return [file.path for file in files.files]


def test_articles_are_found_at_every_depth_in_the_order_of_their_paths() -> None:
    write("top/b.md", "top/a/z.txt", "top/a/b/c/d.markdown", "top/c.html", "top/B.md")
    assert found("top") == ["top/B.md", "top/a/b/c/d.markdown", "top/a/z.txt", "top/b.md", "top/c.html"]


def test_a_walk_begins_with_the_folders_whose_names_come_last() -> None:
    write("top/2025/01/a.md", "top/2026/02/b.md", "top/2026/11/c.md", "top/2024/12/d.md", "top/e.md")
    folders = [block.split("\0")[1] for block in listing.Walk(["top"])]
    assert folders == ["", "2026/11/", "2026/02/", "2025/01/", "2024/12/"]


def test_only_the_four_suffixes_count_in_any_case() -> None:
    write(
        "a/1.md",
        "a/2.MD",
        "a/3.Markdown",
        "a/4.TXT",
        "a/5.html",
        "a/6.htm",
        "a/7.mdx",
        "a/8.md~",
        "a/md",
        "a/9.md.bak",
    )
    assert found("a") == ["a/1.md", "a/2.MD", "a/3.Markdown", "a/4.TXT", "a/5.html"]


def test_hidden_files_and_folders_are_passed_over() -> None:
    write("a/.b.md", "a/.git/c.md", "a/d/.e/f/g.md", "a/.md", "a/_h.md", "a/i.md")
    assert found("a") == ["a/_h.md", "a/i.md"]


def test_a_hidden_source_may_be_named() -> None:
    write(".notes/a.md")
    assert found(".notes") == [".notes/a.md"]


def test_symbolic_links_are_not_followed() -> None:
    write("real/a.md", "top/b.md")
    Path("top/file.md").symlink_to(Path("real/a.md").resolve())
    Path("top/folder").symlink_to(Path("real").resolve())
    Path("top/loop").symlink_to(".")
    Path("top/dangling.md").symlink_to("nowhere.md")
    assert found("top") == ["top/b.md"]


def test_a_source_may_be_a_symbolic_link_itself() -> None:
    write("real/a.md")
    Path("link").symlink_to("real")
    assert found("link") == ["link/a.md"]


def test_what_is_neither_file_nor_folder_is_passed_over() -> None:
    write("a/b.md")
    os.mkfifo("a/pipe.md")
    Path("a/folder.md").mkdir()
    assert found("a") == ["a/b.md"]


def test_overlapping_sources_are_read_once_under_the_first_name() -> None:
    write("a/b/c.md", "a/d.md", "e/f.md")
    Path("link").symlink_to("a")
    absolute = str(Path("a").resolve())
    assert found("a/b", "a", "./a", "e/../a", "link", "a/", absolute, "e") == ["a/b/c.md", "a/d.md", "e/f.md"]


def test_the_first_name_counts_even_where_it_is_a_symbolic_link() -> None:
    write("a/b.md")
    Path("link").symlink_to("a")
    assert found("link", "a") == ["link/b.md"]


@pytest.mark.parametrize("folder", ["nowhere", "file.md"])
def test_a_source_that_is_no_folder_is_a_usage_error(folder: str) -> None:
    write("file.md")
    with pytest.raises(UsageError) as caught:
        find([Path(folder)])
    assert str(caught.value) == (
        f"{folder}: no such folder of articles. Name one with --source, or in the config's 'sources'."
    )
    assert caught.value.exit_code == 2


def test_an_empty_folder_and_no_folder_have_no_articles() -> None:
    Path("empty").mkdir()
    for folders in ([Path("empty")], []):
        files = find(folders)
        assert (files.files, files.count, files.unreadable) == ([], 0, ())


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_cannot_be_read_is_rejected_and_the_others_are_read() -> None:
    write("a/b/c.md", "a/d.md")
    Path("a/b").chmod(0)
    try:
        files = find([Path("a")])
    finally:
        Path("a/b").chmod(0o700)
    assert [file.path for file in files.files] == ["a/d.md"]
    assert list(map(str, files.unreadable)) == ["a/b: expected a readable folder, found Permission denied"]


def test_a_folder_that_goes_while_it_is_walked_is_rejected_and_the_others_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("a/1.md", "a/b/c.md")

    class WalkWhileItGoes(listing.Walk):
        def __iter__(self) -> Iterator[str]:
            for block in super().__iter__():
                shutil.rmtree("a/b", ignore_errors=True)
                yield block

    monkeypatch.setattr(listing, "Walk", WalkWhileItGoes)
    files = find([Path("a")])
    assert [file.path for file in files.files] == ["a/1.md"]
    assert list(map(str, files.unreadable)) == [
        "a/b: expected a readable folder, found No such file or directory"
    ]


def test_a_disk_that_fails_is_told_whatever_its_words_look_like(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason stands in the listing, where a slash parts the names of files."""
    write("a/1.md", "a/b/c.md")
    scan = os.scandir

    def failing(folder: str) -> object:
        if folder.endswith("b"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return scan(folder)

    monkeypatch.setattr(os, "scandir", failing)
    files = find([Path("a")])
    assert [file.path for file in files.files] == ["a/1.md"]
    assert list(map(str, files.unreadable)) == ["a/b: expected a readable folder, found Input/output error"]


def test_a_file_that_goes_while_it_is_walked_harms_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a/1.md", "a/2.md")

    class WalkWhileItGoes(listing.Walk):
        def _listed(self, entry: os.DirEntry[str]) -> str:
            Path("a/2.md").unlink(missing_ok=True)
            return super()._listed(entry)

    monkeypatch.setattr(listing, "Walk", WalkWhileItGoes)
    one, other = find([Path("a")]).files
    assert (one.path, one.size) == ("a/1.md", 6)
    assert other == SourceFile("a/2.md", "", 0, 0, 0)


def test_folders_are_walked_deeper_than_python_recurses() -> None:
    folders = [Path("deep")]
    for _ in range(sys.getrecursionlimit() + 100):
        folders.append(folders[-1] / "d")
    for folder in folders:
        folder.mkdir()
    article = folders[-1] / "a.md"
    article.touch()
    try:
        files = find([Path("deep")])
    finally:  # pytest could not
        article.unlink()
        for folder in reversed(folders):
            folder.rmdir()
    assert ([file.path for file in files.files], files.unreadable) == ([str(article)], ())


@pytest.mark.parametrize(
    ("top", "path", "stem", "folder"),
    [
        ("top", "top/hello.md", "hello", ""),
        ("top", "top/a/b/hello.md", "hello", "a/b"),
        ("top", "top/a/b/index.md", "b", "a"),
        ("top", "top/a/index.html", "a", ""),
        ("top", "top/index.md", "top", ""),
        ("top", "top/a/Index.md", "Index", "a"),
        ("top", "top/a/index.en.md", "index.en", "a"),
        ("top", "top/2026-03-01-hello.world.md", "2026-03-01-hello.world", ""),
        ("top/a", "top/a/b/c.md", "c", "b"),
        (".", "hello.md", "hello", ""),
        (".", "a/index.md", "a", ""),
        (".", "index.md", "index", ""),
        ("top", "top/größe/ä ö.md", "ä ö", "größe"),
    ],
)
def test_the_name_and_the_folder_of_a_file(top: str, path: str, stem: str, folder: str) -> None:
    write(path)
    (file,) = find([Path(top)]).files
    assert (file.path, file.stem, file.folder, file.size) == (path, stem, folder, len(path.encode()))
    status = Path(path).stat()
    assert (file.mtime_ns, file.inode) == (status.st_mtime_ns, status.st_ino)
    assert Path(file.path).read_text(encoding="utf-8") == path


def test_a_name_is_the_same_however_the_file_system_composes_it() -> None:
    name = "Cafe\u0301"
    assert SourceFile(f"{name}.md", "", 0, 0, 0).stem == "Café"


def test_a_name_that_is_not_utf_8_is_rejected_and_can_be_shown() -> None:
    write("a/b.md")
    Path(os.fsdecode(b"a/caf\xe9.md")).write_text("x")
    files = find([Path("a")])
    assert [file.path for file in files.files] == ["a/b.md"]
    assert list(map(str, files.unreadable)) == [
        r"a/caf\xe9.md: expected a file name in UTF-8, on one line, found other bytes"
    ]


def test_a_name_of_two_lines_is_rejected_on_one() -> None:
    write("a/b.md")
    Path("a/two\nlines.md").write_text("x")
    files = find([Path("a")])
    assert [file.path for file in files.files] == ["a/b.md"]
    assert str(files.unreadable[0]).startswith("a/two\\nlines.md: expected a file name")


@pytest.mark.parametrize(
    ("name", "is_html"),
    [("a.html", True), ("a.HTML", True), ("a.md", False), ("a.txt", False), ("html.md", False)],
)
def test_html_is_told_by_its_suffix(name: str, is_html: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert SourceFile(name, "", 0, 0, 0).is_html is is_html
