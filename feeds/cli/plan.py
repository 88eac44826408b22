"""`feeds plan`."""

from argparse import Namespace
from datetime import datetime

from feeds.cli.console import Voice, count, load_config
from feeds.publishing.publish import rehearse
from feeds.publishing.report import EntryChange, FeedReport

SHOWN = 10  # entries of each kind of change in a feed, unless --verbose


def run(options: Namespace, now: datetime) -> int:
    """Print what the next publish would change, feed by feed."""
    config = load_config(options)
    voice = Voice(options)
    with voice.progress() as progress:
        report = rehearse(config, now, progress=progress)
    if options.json:
        voice.json(report.as_json())
        return 0
    voice.problems(report.rejected)
    for warning in report.once + report.warnings:
        voice.warn(warning)
    voice.held_back(report.held_back)
    for feed in report.feeds:
        _feed(feed, voice)
    if report.written or report.removed:
        voice.say(
            f"The next publish writes {count(len(report.written), 'file')} below {report.output}/, "
            f"removes {len(report.removed)} and leaves {report.unchanged}."
        )
    else:
        voice.say(
            f"Nothing would change: all {count(report.unchanged, 'file')} below {report.output}/ stand."
        )
    return 0


def _feed(feed: FeedReport, voice: Voice) -> None:
    if not (feed.added or feed.changed or feed.removed):
        return
    voice.say(f"{feed.slug}/  {feed.title}" + ("  (its topic is gone)" if feed.vanished else ""), "bold")
    for sign, changes, style in (
        ("+", feed.added, "green"),
        ("~", feed.changed, "yellow"),
        ("-", feed.removed, "red"),
    ):
        _changes(sign, changes, style, voice)


def _changes(sign: str, changes: tuple[EntryChange, ...], style: str, voice: Voice) -> None:
    shown = changes if voice.verbose else changes[:SHOWN]
    for change in shown:
        voice.say(f"  {sign} {change.title}", style)
    if len(shown) < len(changes):
        voice.say(f"  {sign} … and {len(changes) - len(shown)} more (--verbose shows all)", style)
