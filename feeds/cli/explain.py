"""`feeds explain`."""

from argparse import Namespace
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from feeds.articles.article import Article
from feeds.cli.console import Voice, load_config, print_json
from feeds.config import Config
from feeds.publishing.plan import Prepared, prepare
from feeds.selection.explain import Explanation, Verdict, explain
from feeds.syndication.identity import entry_id
from feeds.text import web_address


def run(options: Namespace, now: datetime) -> int:
    """Explain one article; exits with 1 when it is not known."""
    config = load_config(options)
    voice = Voice(options)
    with voice.progress() as progress:
        prepared = prepare(config, now, progress=progress)
    wanted = options.article
    articles = _named(wanted, prepared)
    unusable = [problem for problem in prepared.rejected if _is_path(wanted, problem.path)]
    held_back = [path for path in prepared.loaded.unpublished if _is_path(wanted, path)]
    explanations = [explain(article, prepared.selection) for article in articles]
    if options.json:
        print_json(
            {
                "articles": [_as_json(explanation, config) for explanation in explanations],
                "rejected": [asdict(problem) for problem in unusable],
                "unpublished": held_back,
            }
        )
    else:
        voice.problems(tuple(unusable))
        for path in held_back:
            voice.say(f"{path}: held back by its own front matter (published, removed, deleted or draft)")
        for explanation in explanations:
            _print(explanation, config, voice)
    if not (articles or unusable or held_back):
        voice.err.print(f"{wanted}: no article has this path, id or link below the sources.")
        return 1
    return 0


def _named(wanted: str, prepared: Prepared) -> list[Article]:
    site = prepared.config.site
    try:
        link = web_address(wanted, site.url)
    except ValueError:
        link = wanted
    return [
        article
        for article in prepared.loaded.articles
        if _is_path(wanted, article.path) or wanted == entry_id(article, site) or link == article.link
    ]


def _is_path(wanted: str, path: str) -> bool:
    return wanted == path or Path(wanted).absolute() == Path(path).absolute()


def _as_json(explanation: Explanation, config: Config) -> dict[str, object]:
    article = explanation.article
    return {
        "path": article.path,
        "id": entry_id(article, config.site),
        "link": article.link,
        "title": article.title,
        "carried_by": explanation.carried_by.path if explanation.carried_by else None,
        "feeds": [asdict(verdict) | {"is_in": verdict.is_in} for verdict in explanation.verdicts],
    }


def _print(explanation: Explanation, config: Config, voice: Voice) -> None:
    article = explanation.article
    voice.say(article.path, "bold")
    for label, value in (
        ("title", article.title),
        ("id", entry_id(article, config.site)),
        ("link", article.link),
        ("published", f"{article.published_at:%Y-%m-%d %H:%M} UTC"),
        ("topics", ", ".join(article.topics) or "none"),
    ):
        voice.say(f"  {label:<10} {value}")
    if explanation.carried_by:
        voice.say(
            f"  {'twin':<10} {explanation.carried_by.path} has the same link; one entry stands for both"
        )
    for verdict in explanation.verdicts:
        _print_verdict(verdict, voice)


def _print_verdict(verdict: Verdict, voice: Voice) -> None:
    if verdict.is_in:
        voice.say(f"  in         {verdict.slug}/, number {verdict.place}", "green")
    elif verdict.place is not None:
        voice.say(
            f"  not in     {verdict.slug}/: number {verdict.place}, past the limit of {verdict.limit}",
            "yellow",
        )
    else:
        reasons = "; ".join(
            f"{missed.rule}: asks {missed.asks}, has {missed.has}" for missed in verdict.missed
        )
        voice.say(f"  not in     {verdict.slug}/: {reasons or 'another file has its id'}", "yellow")
