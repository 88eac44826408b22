"""`feeds init`."""

import json
from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from feeds.cli.console import Voice, count
from feeds.cli.site import Site, look_at
from feeds.config import DEFAULT_PATH, Config
from feeds.errors import OutputFailed, UsageError

TOPICS_SHOWN = 8


def run(options: Namespace, now: datetime) -> int:
    """Write a commented config for a folder; refuses to overwrite one."""
    target: Path = options.config or DEFAULT_PATH
    if not options.folder.is_dir():
        raise UsageError(f"{options.folder}: no such folder.")
    if target.exists():
        raise UsageError(f"{target}: there is a config already. Edit it, or name another with --config.")
    site = look_at(options.folder)
    text = "\n".join(_lines(site, now)) + "\n"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise OutputFailed(target, error) from error
    voice = Voice(options)
    if options.json:
        voice.json({"config": target.as_posix(), "generator": site.generator, "found": len(site.articles)})
        return 0
    kind = f"{site.generator} site" if site.generator else "folder of articles"
    found = f"{count(len(site.articles), 'article')} about {count(len(site.topics), 'topic')}"
    voice.say(f"Wrote {target} for this {kind}: {found}.", "bold")
    if site.rejected:
        voice.say(f"{count(site.rejected, 'article')} cannot be read as they are: 'feeds check' says why.")
    voice.say("Next: set site.url in it, then 'feeds plan' and 'feeds publish'.")
    return 0


def _lines(site: Site, now: datetime) -> Iterator[str]:
    yield "# Feedwright: what to publish, and how. Every key is in docs/config.md; paths are relative to the"
    yield "# folder in which `feeds` runs. A line that begins with # shows a default or an example."
    yield ""
    yield from _site(site, now)
    yield "# Folders of articles, read with all folders below them."
    yield f"sources: [{', '.join(_quoted(path.as_posix()) for path in site.sources)}]"
    yield "output: output"
    yield ""
    yield from _selection(site)
    yield from _topics(site)


def _site(site: Site, now: datetime) -> Iterator[str]:
    url = site.url or Config().site.url
    yield "site:"
    yield "  # Where the output folder will be served; every link in the feeds is built on it."
    yield f"  url: {_quoted(url)}"
    yield "  # Written down once: the ids of all entries are made of it, and stay when the domain moves."
    yield f"  id: {_quoted(_authority(url, now))}"
    yield f"  title: {_quoted(site.title or 'My feeds')}"
    yield "  # description: What a reader may expect."
    yield f"  language: {_quoted(site.language or 'en')}"
    if site.pattern:
        yield "  # The address of an article whose front matter names none. Also: {stem}, {folder}."
        yield f"  links: {_quoted(site.pattern)}"
    yield ""


def _authority(url: str, now: datetime) -> str:
    host = Config.model_validate({"site": {"url": url}}).site.authority.rpartition(",")[0]
    return f"{host},{now.year}"


def _selection(site: Site) -> Iterator[str]:
    rated = sorted(article.quality for article in site.articles if article.quality is not None)
    yield "# An article's quality must reach this; articles without a quality have no floor to miss."
    if rated:
        yield f"# Of {len(rated)} rated articles here, {sum(value >= 50 for value in rated)} do."  # noqa: PLR2004
    yield "min_quality: 50"
    yield "limit: 50  # entries a feed"
    yield "# max_age: 90d"
    yield "# schedule: every 15m   # when `feeds daemon` publishes"
    yield "# watch: true           # and it also does when an article changes"
    yield "# hub: https://hub.example.com/"
    yield ""


def _topics(site: Site) -> Iterator[str]:
    yield "# Every topic that is found gets a feed by itself; here one can be given a title, a folder, rules."
    most = site.topics[:TOPICS_SHOWN]
    if most:
        yield f"# Found here: {', '.join(f'{name} ({number})' for name, number in most)}."
    example = most[0][0] if most else "AI"
    yield "# topics:"
    yield f"#   {_quoted(example)}: {{description: {_quoted('All about ' + example)}, limit: 20}}"
    yield "# Feeds that combine topics:"
    yield "# feeds:"
    names = [name for name, _ in most[:2]] or ["AI", "Robotics"]
    yield f"#   Highlights: {{include: [{', '.join(map(_quoted, names))}], min_quality: 75, limit: 10}}"


def _quoted(text: str) -> str:
    """A YAML double-quoted scalar, which a JSON string is (YAML 1.2 §1.3)."""
    return json.dumps(text, ensure_ascii=False)
