"""`feeds explain`."""

from argparse import Namespace
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from feeds.cli.console import Voice, load_config
from feeds.config import Config
from feeds.library.database import marks
from feeds.publishing.prepare import Prepared
from feeds.publishing.publish import prepared_for_reading
from feeds.selection.explain import Explanation, Verdict, explain
from feeds.syndication.compose import moment
from feeds.syndication.identity import entry_id, identities
from feeds.text import web_address


def run(options: Namespace, now: datetime) -> int:
    """Explain one article; exits with 1 when it is not known."""
    config = load_config(options)
    voice = Voice(options)
    wanted = options.article
    with voice.progress() as progress, prepared_for_reading(config, now, progress=progress) as prepared:
        known = _named(wanted, prepared)
        explanations = [
            explain(prepared.library, path, prepared.selection) for path, state in known if state == "article"
        ]
        paths = {path for path, _ in known} | {wanted}
        unusable = [problem for problem in prepared.rejected if problem.path in paths]
    staying = {one.path: one.feeds for one in prepared.held.values() if one.path in paths}
    held_back = [path for path, state in known if state == "unpublished"]
    if options.json:
        voice.json(
            {
                "articles": [_as_json(explanation, config) for explanation in explanations],
                "rejected": [asdict(problem) for problem in unusable],
                "staying": {path: list(slugs) for path, slugs in staying.items()},
                "unpublished": held_back,
            }
        )
    else:
        voice.problems(tuple(unusable))
        for path, slugs in staying.items():
            places = ", ".join(f"{slug}/" for slug in slugs)
            voice.say(f"{path}: stays as last published, in {places}, until the file is good again")
        for path in held_back:
            voice.say(f"{path}: held back by its own front matter (published, removed, deleted or draft)")
        for explanation in explanations:
            _print(explanation, config, voice)
    if not (explanations or unusable or held_back):
        voice.complain(f"{wanted}: no article has this path, id or link below the sources.")
        return 1
    return 0


def _named(wanted: str, prepared: Prepared) -> list[tuple[str, str]]:
    """Paths and states of the files that a path, an id or a link leads to."""
    site = prepared.config.site
    try:
        link = web_address(wanted, site.url)
    except ValueError:
        link = wanted
    names = identities(wanted, site)
    rows = prepared.library.execute(
        "SELECT path, state FROM file WHERE path = ? OR (state = 'article' AND "  # noqa: S608 - only marks
        f"(link = ? OR identity IN ({marks(names)}))) ORDER BY path",
        (_as_listed(wanted, prepared), link, *names),
    )
    return [(str(path), str(state)) for path, state in rows]


def _as_listed(wanted: str, prepared: Prepared) -> str:
    """A path as the sources name it, however it was written."""
    place = Path(wanted).absolute()
    for top in prepared.config.sources:
        if place.is_relative_to(top.absolute()):
            return str(top / place.relative_to(top.absolute()))
    return wanted


def _as_json(explanation: Explanation, config: Config) -> dict[str, object]:
    return {
        "path": explanation.path,
        "id": entry_id(explanation.identity, config.site),
        "link": explanation.link,
        "title": explanation.title,
        "carried_by": explanation.carried_by,
        "feeds": [asdict(verdict) | {"is_in": verdict.is_in} for verdict in explanation.verdicts],
    }


def _print(explanation: Explanation, config: Config, voice: Voice) -> None:
    voice.say(explanation.path, "bold")
    for label, value in (
        ("title", explanation.title),
        ("id", entry_id(explanation.identity, config.site)),
        ("link", explanation.link),
        ("published", f"{moment(explanation.published_at):%Y-%m-%d %H:%M} UTC"),
        ("topics", ", ".join(explanation.topics) or "none"),
    ):
        voice.say(f"  {label:<10} {value}")
    if explanation.carried_by:
        voice.say(f"  {'twin':<10} {explanation.carried_by} has the same link; one entry stands for both")
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
