"""A site that was published, edited since, and is about to be published again; and what must hold after."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance import conformance

from feeds.cli.main import main

EPOCH = "1795305600"  # 2026-11-22T00:00:00Z
CONFIG = "site: {url: 'https://feeds.example/', id: 'feeds.example,2026'}\nprune: true\n"
ARTICLE = """---
title: {title}
publishedDateTime: 2026-11-{day:02}T10:00:00Z
webUrl: https://articles.example/{name}
topics: [{topics}]
secured: {secured}
---
What {title} says.
"""
SECRET = "bm9ib2R5IG1heSBzZWUgdGhpcyBpbiBhbnkgZmVlZA"
OLD = {"one": "AI", "two": "AI, Space", "three": "Space", "four": "Gone"}
NEW = {"one": "AI", "two": "AI, Space", "three": "Space", "five": "AI, Robots"}
COMMAND = ("publish",)
LONG_AGO = 1_700_000_000


@dataclass
class Scene:
    """`stored` is the site as it stands before the faulty run; trees are path → bytes of the output.

    Every run works in `site`: a library belongs to the place of its output.
    """

    stored: Path
    site: Path
    old: dict[str, bytes] = field(default_factory=dict)
    new: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def build(cls, folder: Path, setenv: Callable[[str, str], object]) -> "Scene":
        """Publish twice: every fault begins where the first run ended; the second says what is new."""
        setenv("SOURCE_DATE_EPOCH", EPOCH)
        scene = cls(folder / "stored", folder / "site")
        (scene.site / "config").mkdir(parents=True)
        (scene.site / "config" / "feeds.yaml").write_text(CONFIG)
        _write(scene.site, OLD, "")
        publish(scene.site)
        scene.old = tree(scene.site / "output")
        _write(scene.site, NEW, " again")
        shutil.copytree(scene.site, scene.stored)
        publish(scene.site)
        scene.new = tree(scene.site / "output")
        assert scene.new != scene.old
        return scene

    def reset(self) -> Path:
        """The site once more, for one fault. Its dates are kept: they are how a feed is known to stand."""
        shutil.rmtree(self.site, ignore_errors=True)
        shutil.copytree(self.stored, self.site)
        return self.site

    def problems_after_fault(self, *, mixed: bool = False) -> list[str]:
        """What is not old or new, not whole, or not intact; nothing is repaired by looking.

        A `mixed` version is allowed where the run went on without an article that it could not read.
        """
        found = tree(self.site / "output")
        problems = []
        for path, data in found.items():
            known = data in (self.old.get(path), self.new.get(path))
            if not (known or mixed or is_temporary(path)):
                problems.append(f"{path} is neither old nor new")
            problems.extend(_unreadable(path, data))
        problems += [f"{path} is gone" for path in self.old if path in self.new and path not in found]
        return problems + self.library_problems()

    def problems_after_healing(self) -> list[str]:
        """What the next good run left undone."""
        found = tree(self.site / "output")
        problems = [f"{path} is not new" for path in self.new if found.get(path) != self.new[path]]
        problems += [f"{path} is left over" for path in found if path not in self.new]
        left = [path.name for path in (self.site / ".feeds").iterdir() if path.name.endswith(".tmp")]
        problems += [f".feeds/{name} is left over" for name in left]
        return problems + self.library_problems()

    def library_problems(self) -> list[str]:
        """What SQLite finds in a copy of the libraries, journals and all: to look at one is to repair it."""
        problems = []
        with TemporaryDirectory() as elsewhere:  # the site's own disk may be full
            looked_at = Path(elsewhere) / "state"
            shutil.copytree(self.site / ".feeds", looked_at)
            for library in sorted(looked_at.glob("*.sqlite")):
                try:
                    with contextlib.closing(sqlite3.connect(library)) as connection:
                        (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
                    problems += [] if answer == "ok" else [f"{library.name}: {answer}"]
                except sqlite3.Error as error:
                    problems.append(f"{library.name}: {error}")
        return problems


def publish(site: Path) -> int:
    """Publish without a fault, in this process."""
    here = Path.cwd()
    os.chdir(site)
    try:
        return main([*COMMAND, "--quiet"])
    finally:
        os.chdir(here)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def is_temporary(path: str) -> bool:
    return path.rpartition("/")[2].startswith(".feeds-")


def _unreadable(path: str, data: bytes) -> list[str]:
    if is_temporary(path):
        return []
    try:
        if path.endswith((".xml", ".opml")):
            conformance.xml(data)
        elif path.endswith(".json"):
            list(conformance.json_feed_problems(data))
        elif not data.rstrip().endswith(b"</html>"):
            return [f"{path} is cut short"]
    except (ValueError, SyntaxError) as error:
        return [f"{path} cannot be read: {error}"]
    return []


def _write(site: Path, articles: dict[str, str], suffix: str) -> None:
    folder = site / "seeds"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for day, (name, topics) in enumerate(articles.items(), start=1):
        title = name if name == "three" else name + suffix  # one article stays as it is
        path = folder / f"{name}.md"
        path.write_text(ARTICLE.format(title=title, day=day, name=name, topics=topics, secured=SECRET))
        os.utime(path, (LONG_AGO, LONG_AGO + len(title)))
