"""What a folder of articles tells of itself, for a first config."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from feeds import strict_yaml
from feeds.articles import listing, loader, source
from feeds.articles.aliases import Reading
from feeds.articles.article import Article
from feeds.articles.contents import Contents
from feeds.articles.problem import Rejected
from feeds.config import Config

HUGO_CONFIGS = ("hugo.toml", "hugo.yaml", "hugo.yml", "config.toml", "config.yaml", "config.yml")
ELEVENTY_CONFIGS = (
    "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs", ".eleventy.js",
)  # fmt: skip
NOT_SOURCES = frozenset(("output", "public", "_site", "dist", "node_modules", "themes", "layouts"))
TOML_LINE = re.compile(r"^\s*(baseURL|title|languageCode)\s*=\s*[\"'](.*?)[\"']\s*$", re.MULTILINE)
JEKYLL_PERMALINK = {
    ":year": "{year}",
    ":month": "{month}",
    ":day": "{day}",
    ":title": "{slug}",
    ":slug": "{slug}",
}


@dataclass(frozen=True, slots=True)
class Site:
    """A folder of articles as `init` found it. `pattern` is a `site.links`, where posts need one."""

    generator: str
    sources: tuple[Path, ...]
    url: str | None
    title: str | None
    language: str | None
    pattern: str | None
    articles: tuple[Article, ...]
    rejected: int
    topics: tuple[tuple[str, int], ...]  # the most frequent first


def look_at(folder: Path) -> Site:
    """Find out what generator a folder belongs to, where its articles are and what they are about."""
    generator, sources, settings = _generator(folder)
    pattern = settings.get("pattern")
    outcomes = list(_outcomes(sources, Reading(Config().site.url, pattern)))
    articles = tuple(outcome for outcome in outcomes if isinstance(outcome, Article))
    counts = Counter(topic for article in articles for topic in article.topics)
    return Site(
        generator=generator,
        sources=sources,
        url=settings.get("url"),
        title=settings.get("title"),
        language=settings.get("language"),
        pattern=pattern,
        articles=articles,
        rejected=sum(isinstance(outcome, Rejected) for outcome in outcomes),
        topics=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
    )


def _outcomes(sources: Iterable[Path], reading: Reading) -> Iterator[object]:
    for file in source.find(sources).files:
        data = loader.fetch(file)
        yield (
            data
            if isinstance(data, Rejected)
            else loader.read(Contents(data), file, reading, whole=False).outcome
        )


def _generator(folder: Path) -> tuple[str, tuple[Path, ...], dict[str, str]]:
    if (folder / "_config.yml").is_file() or (folder / "_posts").is_dir():
        return "Jekyll", _existing(folder, ("_posts",)), _jekyll(folder)
    hugo = next((folder / name for name in HUGO_CONFIGS if (folder / name).is_file()), None)
    if hugo is not None and (folder / "content").is_dir():
        return "Hugo", (folder / "content",), {"pattern": "/{folder}/{slug}/"} | _hugo(hugo)
    if any((folder / name).is_file() for name in ELEVENTY_CONFIGS):
        sources = _with_articles(folder)
        # Eleventy's addresses are those of the files below its folder.
        sources = sources if len(sources) == 1 else (folder,)
        below = sources[0].relative_to(folder).as_posix().strip(".")
        return "Eleventy", sources, {"pattern": f"/{below}/{{folder}}/{{slug}}/".replace("//", "/")}
    return "", _with_articles(folder), {}


def _existing(folder: Path, names: Iterable[str]) -> tuple[Path, ...]:
    return tuple(folder / name for name in names if (folder / name).is_dir()) or (folder,)


def _with_articles(folder: Path) -> tuple[Path, ...]:
    """The folder itself, or those below it that hold articles where it holds none at its top."""
    if any(_holds_article(path) for path in folder.iterdir() if path.is_file()):
        return (folder,)
    below = sorted(path for path in folder.iterdir() if path.is_dir() and path.name not in NOT_SOURCES)
    found = tuple(path for path in below if not path.name.startswith((".", "_")) and any(_articles(path)))
    return found or (folder,)


def _articles(folder: Path) -> Iterator[Path]:
    return (
        path for path in (Path(file.path) for file in source.find((folder,)).files) if _holds_article(path)
    )


def _holds_article(path: Path) -> bool:
    if path.suffix.lower() not in listing.SUFFIXES:
        return False
    with path.open("rb") as file:
        return file.read(3) == b"---"


def _jekyll(folder: Path) -> dict[str, str]:
    settings = {"pattern": "/{year}/{month}/{day}/{slug}.html"}
    path = folder / "_config.yml"
    if not path.is_file():
        return settings
    try:
        value = strict_yaml.parse(path.read_text(encoding="utf-8-sig")).value
    except (OSError, ValueError):
        return settings
    texts = {key: text for key, text in value.items() if isinstance(text, str) and text.strip()}
    address = texts.get("url", "").rstrip("/") + "/" + texts.get("baseurl", "").strip("/")
    found = {"url": address if texts.get("url") else "", "title": texts.get("title", "")}
    found["language"] = texts.get("lang", "")
    permalink = texts.get("permalink", "")
    if permalink == "pretty":
        found["pattern"] = "/{year}/{month}/{day}/{slug}/"
    elif permalink.startswith("/"):
        for variable, ours in JEKYLL_PERMALINK.items():
            permalink = permalink.replace(variable, ours)
        found["pattern"] = "" if ":" in permalink else permalink
    return settings | {key: text for key, text in found.items() if text}


def _hugo(path: Path) -> dict[str, str]:
    if path.suffix != ".toml":
        return {}
    names = {"baseURL": "url", "title": "title", "languageCode": "language"}
    return {names[key]: value for key, value in TOML_LINE.findall(path.read_text(encoding="utf-8")) if value}
