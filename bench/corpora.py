"""Article folders to measure with, made of invented words: the same bytes on every machine.

`light` and `heavy` have the schema, the key order and the proportions of two real corpora of news articles:

- light: 2.6 KB a file, 60 % published, no `related`. (The real one has 1.5 KB a file; what is added here are
  longer excerpts and a longer `secured`, which cost every tool the same.)
- heavy: 26 KB a file in the mean, 10 KB in the median; up to 180 `related` of 500 bytes each, nearly all of
  them in the 88 % of articles that are not published.

    python bench/corpora.py light-1k /tmp/somewhere
"""

import base64
import heapq
import itertools
import json
import math
import random
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

VERSION = 1  # counts up when the bytes change, so that cached corpora are made again
SIZES = {
    "light-1k": 1_000,
    "light-10k": 10_000,
    "light-100k": 100_000,
    "light-1m": 1_000_000,
    "heavy-500": 500,
    "heavy-5k": 5_000,
}
FLAT_UP_TO = 1_000  # larger ones are spread over folders by year and month
BEGIN = datetime(2021, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=5 * 365)
TOPICS = 200
LIMIT = 50
LONG = 5  # letters of a topic: more than those of Yes, No, On and All
# Shares, after the real corpora: topics of one word, excerpts with an entity or (from there on) with a
# backslash, heavy articles with an original address, articles with AMP; related with a picture, in tenths.
ONE_WORD, ENTITY, ESCAPE, ORIGINAL, AMP, PICTURED = 0.7, 0.17, 0.2, 0.7, 0.06, 7
MIN_QUALITY = 50
MANIFEST = "manifest.json"
# Deciles of the number of `related` of unpublished heavy articles, after a real corpus.
RELATED_DECILES = (0, 1, 3, 7, 13, 20, 30, 46, 74, 128, 180)
RELATED_PUBLISHED = (0, 0, 1, 2, 3, 4, 5, 9)
# Of published articles: nearly all pass the floor of 50, a few do not, so that filters can be seen to work.
QUALITY_PUBLISHED = (*[(50, 72)] * 10, *[(72, 100)] * 16, *[(100, 189)] * 4, (20, 49))
SYLLABLES = """
    ba be bo bra ca cle co da den do dra e fa fel fi gan ge go gra ha hel i ka kel ki la len li lo ma
    men mi mo na nel ni no o pa pel pi por qua ra rel ri ro sa sel si so sta ta tel ti to tra u va vel
    vi vo wa wen za zel zi
""".split()  # noqa: SIM905 - a list to read
ENDINGS = ("l", "n", "r", "s", "t", "m", "x", "d", "", "", "")
ENTITIES = ("&#8217;s", "&#8220;so&#8221;", "&amp;", "&#8211;")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a corpus, and what a right answer would be."""

    version: int
    name: str
    files: int
    bytes: int
    published: int
    selected: int
    topics: dict[str, list[str]]  # slug of each topic with selected articles → links of the newest, in order
    all: list[str]
    edit: str  # path of an article that is in a topic's feed, to be edited


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What all articles of a corpus are made of."""

    words: list[str]
    topics: list[str]
    weights: list[float]  # cumulative, Zipf
    providers: list[tuple[str, str]]
    related: list[str]


def generate(name: str, folder: Path) -> Manifest:
    """Make `folder/articles` and its manifest, unless they are there already."""
    standing = load(folder)
    if standing:
        return standing
    shutil.rmtree(folder, ignore_errors=True)
    articles = folder / "articles"
    articles.mkdir(parents=True)
    kind, count = name.split("-", maxsplit=1)[0], SIZES[name]
    rng = random.Random(f"{VERSION} {kind} {count}")
    vocabulary = _vocabulary(rng, kind)
    size = published_count = selected = 0
    newest: dict[str, list[tuple[datetime, str, str]]] = defaultdict(list)
    folders: set[Path] = set()
    for number in range(count):
        # In whole microseconds: SPAN * 1,000,000 is more than a timedelta holds.
        date = BEGIN + timedelta(microseconds=SPAN // timedelta(microseconds=1) * number // count)
        date += timedelta(seconds=rng.random() * SPAN.total_seconds() / count)
        date = date.replace(microsecond=0)
        published = rng.random() < (0.6 if kind == "light" else 0.12)
        quality = _quality(rng, published=published)
        topics = _topics(rng, vocabulary)
        title = _sentence(rng, vocabulary.words, 6, 12)
        stem = f"{date:%Y-%m-%d}-{'-'.join(title.lower().split()[:5])}-{number:x}"
        provider = rng.choice(vocabulary.providers)
        link = f"https://{provider[1]}/{date:%Y/%m}/{stem[11:]}/"
        text = _article(
            rng, vocabulary, kind, (title, date, link, provider, topics), (published, quality)
        ).encode()
        place = articles if count <= FLAT_UP_TO else articles / f"{date:%Y}" / f"{date:%m}"
        if place not in folders:
            place.mkdir(parents=True, exist_ok=True)
            folders.add(place)
        path = place / f"{stem}.md"
        path.write_bytes(text)
        size += len(text)
        published_count += published
        if published and quality >= MIN_QUALITY:
            selected += 1
            entry = (date, link, path.relative_to(articles).as_posix())
            for topic in (*(_slug(one) for one in topics), "all"):
                _keep_newest(newest[topic], entry)
    ranked = {topic: heapq.nlargest(LIMIT, entries) for topic, entries in sorted(newest.items())}
    manifest = Manifest(
        VERSION,
        name,
        count,
        size,
        published_count,
        selected,
        {topic: [link for _, link, _ in entries] for topic, entries in ranked.items() if topic != "all"},
        [link for _, link, _ in ranked["all"]],
        _in_a_feed(ranked),
    )
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest)), encoding="utf-8")
    return manifest


def load(folder: Path) -> Manifest | None:
    """The manifest of a corpus that was made earlier, by this version."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return manifest if manifest.version == VERSION else None


def _keep_newest(entries: list[tuple[datetime, str, str]], entry: tuple[datetime, str, str]) -> None:
    if len(entries) < LIMIT:
        heapq.heappush(entries, entry)
    else:
        heapq.heappushpop(entries, entry)


def _in_a_feed(ranked: dict[str, list[tuple[datetime, str, str]]]) -> str:
    """An article of some topic's feed; one that is too old for the feed of all topics, if there is one."""
    everywhere = {path for _, _, path in ranked["all"]}
    shown = (path for entries in ranked.values() for _, _, path in entries)
    return next((path for path in shown if path not in everywhere), ranked["all"][-1][2])


def _vocabulary(rng: random.Random, kind: str) -> Vocabulary:
    words = sorted({_word(rng) for _ in range(3_000)})
    names = sorted({word.capitalize() for word in words if len(word) >= LONG})
    rng.shuffle(names)
    topics = [
        name if rng.random() < ONE_WORD else f"{name} {rng.choice(words).capitalize()}"
        for name in names[:TOPICS]
    ]
    providers = [(f"{name} News", f"{name.lower()}.example") for name in names[TOPICS : TOPICS + 60]]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, TOPICS + 1)))
    related = list(_related(rng, words, providers)) if kind == "heavy" else []
    return Vocabulary(words, topics, weights, providers, related)


def _related(rng: random.Random, words: list[str], providers: list[tuple[str, str]]) -> Iterator[str]:
    """A pool of related coverage, already YAML, 500 bytes each; many articles refer to the same ones."""
    for number in range(3_000):
        name, domain = rng.choice(providers)
        title = _sentence(rng, words, 7, 12)
        date = BEGIN + SPAN * rng.random()
        link = f"{domain}/{date:%Y/%m/%d}/{'-'.join(title.lower().split()[:5])}-{number:x}/"
        lines = [
            f'  - title: "{title}"',
            f'    excerpt: "{_sentence(rng, words, 19, 34)}"',
            f"    publishedDateTime: {date:%Y-%m-%dT%H:%M:%SZ}",
            f'    webUrl: "https://{link}"',
        ]
        if number % 3 == 0:
            lines += [
                f'    ampWebUrl: "https://{link}amp/"',
                f'    cdnAmpWebUrl: "https://cdn.example.org/c/s/{link}amp/"',
            ]
        lines += [
            "    type: article",
            "    provider:",
            f"      name: {name}",
            f"      domain: {domain}",
            f"    quality: {rng.randrange(20, 140)}",
        ]
        if number % 10 < PICTURED:
            lines += [
                "    images:",
                f'      - url: "https://{domain}/media/{number:x}.png?w=1200&strip=all"',
                "        width: 1200",
                f"        height: {rng.randrange(500, 900)}",
                "        isCached: true",
            ]
        yield "\n".join(lines) + "\n"


def _article(
    rng: random.Random,
    vocabulary: Vocabulary,
    kind: str,
    said: tuple[str, datetime, str, tuple[str, str], list[str]],
    state: tuple[bool, int],
) -> str:
    title, date, link, (name, domain), topics = said
    published, quality = state
    words = vocabulary.words
    excerpt = _sentence(rng, words, 60, 80) if kind == "light" else _sentence(rng, words, 20, 40)
    chance = rng.random()
    if chance < ENTITY:
        excerpt = f"{excerpt} {rng.choice(ENTITIES)} {rng.choice(words)}"
    elif chance < ESCAPE:
        excerpt = f'{excerpt} \\"{rng.choice(words)}\\"\\r\\n'
    parts = [
        "---\ncategory: news\n",
        f'title: "{title}"\nexcerpt: "{excerpt}"\npublishedDateTime: {date:%Y-%m-%dT%H:%M:%SZ}\n',
    ]
    if kind == "light" or rng.random() < ORIGINAL:
        parts.append(f'originalUrl: "{link}"\n')
    parts.append(f'webUrl: "{link}"\n')
    if rng.random() < AMP:
        parts.append(f'ampWebUrl: "{link}amp/"\ncdnAmpWebUrl: "https://cdn.example.org/c/s/{link[8:]}amp/"\n')
    parts.append(
        f"type: article\nquality: {quality}\nheat: {quality + rng.randrange(3) * 40}\n"
        f"published: {'true' if published else 'false'}\n\n"
        f"provider:\n  name: {name}\n  domain: {domain}\n  images:\n"
        f'    - url: "https://{domain}/assets/images/organizations/{domain}-50x50.jpg"\n'
        "      width: 50\n      height: 50\n\ntopics:\n"
    )
    parts.extend(f"  - {topic}\n" for topic in topics)
    if rng.random() < (0.92 if kind == "light" else 0.53):
        parts.append(
            f'\nimages:\n  - url: "https://media.{domain}/uploads/{date:%Y/%m}/'
            f'{rng.choice(words)}-{rng.randrange(99)}.png"\n'
            f"    width: {rng.randrange(400, 1600)}\n    height: {rng.randrange(300, 1200)}\n"
            "    isCached: true\n"
        )
    if kind == "heavy":
        count = _related_count(rng, published=published)
        if count:
            parts.append("\nrelated:\n")
            parts.extend(rng.sample(vocabulary.related, count))
    secret = base64.b64encode(rng.randbytes(rng.randrange(960, 1140) if kind == "light" else 288)).decode()
    iv = base64.b64encode(rng.randbytes(16)).decode()
    parts.append(f'\nsecured: "{secret};{iv}"\n---\n\n')
    return "".join(parts)


def _quality(rng: random.Random, *, published: bool) -> int:
    if published:
        return rng.randint(*rng.choice(QUALITY_PUBLISHED))
    return max(0, min(100, round(rng.gauss(38, 24))))


def _related_count(rng: random.Random, *, published: bool) -> int:
    if published:
        return rng.choice(RELATED_PUBLISHED)
    place = rng.random() * (len(RELATED_DECILES) - 1)
    low = RELATED_DECILES[math.floor(place)]
    high = RELATED_DECILES[math.floor(place) + 1]
    return round(low + (high - low) * (place % 1))


def _topics(rng: random.Random, vocabulary: Vocabulary) -> list[str]:
    wanted = rng.choices((1, 2, 3), (70, 22, 8))[0]
    chosen = rng.choices(vocabulary.topics, cum_weights=vocabulary.weights, k=wanted)
    return list(dict.fromkeys(chosen))


def _sentence(rng: random.Random, words: list[str], least: int, most: int) -> str:
    return " ".join(rng.choices(words, k=rng.randint(least, most))).capitalize()


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(SYLLABLES, k=rng.choice((1, 2, 2, 3)))) + rng.choice(ENDINGS)


def _slug(topic: str) -> str:
    return topic.lower().replace(" ", "-")


if __name__ == "__main__":
    began = time.perf_counter()
    made = generate(sys.argv[1], Path(sys.argv[2]))
    print(
        f"{made.name}: {made.files} files, {made.bytes / made.files:.0f} bytes each, "
        f"{made.published} published, {made.selected} selected, {len(made.topics)} topics, "
        f"{time.perf_counter() - began:.1f} s"
    )
