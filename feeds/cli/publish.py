"""`feeds publish`."""

import io
from argparse import Namespace
from contextlib import suppress
from datetime import datetime

from feeds.cli.console import Voice, count, load_config
from feeds.config import Config
from feeds.publishing import unchanged
from feeds.publishing.publish import Orders, publish, rehearse
from feeds.publishing.report import Articles, Report


def run(options: Namespace, now: datetime) -> int:
    """Publish, or rehearse it; exits with 1 when `--strict` refuses or a feed is held back."""
    config = load_config(options)
    voice = Voice(options)
    with voice.progress() as progress:
        if options.dry_run:
            report = rehearse(config, now, progress=progress)
        else:
            orders = Orders(options.strict, options.wait, options.allow_flood)
            report = publish(config, now, orders, progress)
    _say(report, options, voice)
    refused = report.outcome == "refused" or (options.dry_run and options.strict and report.rejected)
    status = 1 if refused or report.held_back else 0
    _prove(report, options, config, status)
    return status


def _say(report: Report, options: Namespace, voice: Voice, now: str | None = None) -> None:
    if options.json:
        voice.json({**report.as_json(), **({} if now is None else {"now": now})})
    else:
        summarise(report, voice)


def _prove(report: Report, options: Namespace, config: Config, status: int) -> None:
    """Leave behind what the next run says if nothing changes."""
    if report.left is None:
        return
    out, err = io.StringIO(), io.StringIO()
    _say(report.repeated(), options, Voice(options, out, err), unchanged.NOW)
    said = {"out": out.getvalue(), "err": err.getvalue(), "status": status}
    since = int(report.now.timestamp())
    with suppress(OSError):  # what was published stands without it; the next run takes the longer way
        unchanged.save(options.arguments, str(config.state), {**said, "since": since}, report.left)


def summarise(report: Report, voice: Voice) -> None:
    """The closing summary: every fault, then what was done, in a few lines."""
    voice.problems(report.rejected)
    if voice.verbose:
        voice.problems(report.mended)
    for warning in report.once + report.warnings:
        voice.warn(warning)
    voice.held_back(report.held_back)
    if report.outcome == "refused":
        voice.complain(
            f"Nothing was published: --strict, and {count(len(report.rejected), 'article')} rejected."
        )
        return
    live = [feed for feed in report.feeds if not feed.vanished]
    verb = "Published" if report.outcome == "published" else "Would publish"
    voice.say(
        f"{verb} {count(report.entries, 'entry')} in {count(len(live), 'feed')} to {report.output}/", "bold"
    )
    voice.say(f"  articles  {_articles(report.articles)}")
    voice.say(f"  files     {_files(report)}")
    if report.pings:
        voice.say(f"  hub       {count(sum(ping.ok for ping in report.pings), 'feed')} pinged")
    if report.mended and not voice.verbose:
        voice.say(f"  mended    {count(len(report.mended), 'small fault')}; 'feeds check' tells them")
    if voice.verbose:
        for feed in report.feeds:
            voice.say(f"  {feed.slug:<32} {count(feed.entries, 'entry')}, +{len(feed.added)} "
                      f"~{len(feed.changed)} -{len(feed.removed)}")  # fmt: skip


def _articles(articles: Articles) -> str:
    rest = {
        "passed over by the rules": articles.passed_over,
        "unpublished": articles.unpublished,
        "rejected": articles.rejected,
    }
    told = [f"{number:,} {what}" for what, number in rest.items() if number]
    return ", ".join([f"{articles.found:,} found", f"{articles.selected:,} selected", *told])


def _files(report: Report) -> str:
    if report.outcome == "planned":
        parts = [f"{len(report.written):,} to write", f"{report.unchanged:,} unchanged"]
    else:
        parts = [f"{len(report.written):,} written", f"{report.unchanged:,} unchanged"]
    if report.removed:
        parts.append(f"{len(report.removed):,} removed")
    return ", ".join(parts)
