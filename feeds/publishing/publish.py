"""One run: load, select, compose, render, write, remember, ping; and the report of it."""

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from feeds.config import Config
from feeds.formats.table import FEED_FORMATS
from feeds.library import database, index
from feeds.publishing import guard, output, unchanged
from feeds.publishing.entries import SourceChanged
from feeds.publishing.memory import all_there
from feeds.publishing.plan import Plan, mended, plan, remember
from feeds.publishing.prepare import Prepared, Progress, prepare, silent
from feeds.publishing.recovery import open_library, open_to_ask, replace_library, telling
from feeds.publishing.report import Articles, Outcome, Report
from feeds.publishing.wake import next_change
from feeds.signature import signature
from feeds.syndication.compose import moment

LAST_RUN = "last_run"
ATTEMPTS = 3  # at articles that change while they are read


@dataclass(frozen=True, slots=True)
class Orders:
    """What one run is asked for beside its config.

    With `strict`, one rejected article refuses the run and nothing is written. With `wait`, another
    publisher at work is waited for. With `allow_flood`, any number of entries may change or leave. With
    `due`, feeds stay as they stand whose schedule has another name (see `Config.schedules`), unless an
    entry of theirs was withdrawn. Without `announce`, the hub is left to whoever calls `announced`.
    """

    strict: bool = False
    wait: bool = False
    allow_flood: bool = False
    due: Collection[str] | None = None
    announce: bool = True


NO_ORDERS = Orders()


def publish(config: Config, now: datetime, orders: Orders = NO_ORDERS, progress: Progress = silent) -> Report:
    """Publish all sources into the output folder, replacing only files whose bytes differ.

    Raises Locked while another publisher is at work, UsageError for a missing source, OutputFailed, and,
    unless `allow_flood`, NothingFound when all articles are gone and Flooded when too much would change.
    """
    with output.locked(config.state, wait=orders.wait) as started_ns:
        unchanged.forget(str(config.state))
        output.sweep(config.output)
        with telling(config.state, config.output):
            report = _with_library(config, now, started_ns, orders, progress)
    return announced(report, config) if orders.announce else report


def rehearse(config: Config, now: datetime, *, progress: Progress = silent) -> Report:
    """The report that `publish` would give, with nothing written or remembered."""
    with prepared_for_reading(config, now, progress=progress) as prepared:
        planned = plan(prepared, progress)
        changed = [one.path for one in planned.documents if output.differs(config.output, one)]
        report = _report("planned", prepared, planned, changed)
        refusals = tuple(
            f"a publish would be refused: {why}" for why in guard.would_refuse(prepared, planned)
        )
        return replace(report, warnings=report.warnings + refusals)


@contextmanager
def prepared_for_reading(config: Config, now: datetime, *, progress: Progress = silent) -> Iterator[Prepared]:
    """All articles read and chosen from, for those who only ask: nothing is remembered."""
    path = database.path_for(config.state, config.output)
    lock = output.locked(config.state, wait=True) if path.exists() else nullcontext(0)
    with (
        telling(config.state, config.output),
        lock as started_ns,
        closing(open_to_ask(config.state, config.output)) as library,
        database.transaction(library, keep=False),
    ):
        then = _never_back(library, now)
        yield prepare(library, config, then, signature(), started_ns, progress)


def announced(report: Report, config: Config) -> Report:
    """Tell the hub of the feeds that a run wrote, and say so in its report.

    Done when all is committed and no lock is held: a slow hub stops no other publisher.
    """
    if config.hub is None or not report.feed_files_written:
        return report
    from feeds.publishing import websub  # noqa: PLC0415 - httpx takes longer than many a run

    return websub.announced(report, config.hub, config.site.url)


def _with_library(
    config: Config, now: datetime, started_ns: int, orders: Orders, progress: Progress
) -> Report:
    def run(library: sqlite3.Connection) -> Report:
        return _run(library, config, now, started_ns, orders, progress)

    library, warnings = open_library(config.state, config.output)
    try:
        with closing(library):
            report = _attempts(library, run)
    except sqlite3.DatabaseError as error:
        if not database.is_damaged(error):
            raise
        library, warnings = replace_library(config.state, config.output, error)
        with closing(library):
            report = _attempts(library, run)
    # Still under the lock, so that no other run comes between what was done and what is said of it.
    path = database.path_for(config.state, config.output)
    return replace(report, once=warnings, left=report.left and unchanged.with_library(report.left, str(path)))


def _attempts(library: sqlite3.Connection, run: Callable[[sqlite3.Connection], Report]) -> Report:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with database.transaction(library, keep=True):
                return run(library)
        except SourceChanged:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError


def _run(
    library: sqlite3.Connection,
    config: Config,
    now: datetime,
    started_ns: int,
    orders: Orders,
    progress: Progress,
) -> Report:
    now = _never_back(library, now)
    prepared = prepare(library, config, now, signature(), started_ns, progress)
    planned = plan(prepared, progress, orders.due)
    if orders.strict and prepared.rejected:
        return _proven(_report("refused", prepared, planned, []), prepared, planned)
    if not orders.allow_flood:
        guard.check(prepared, planned)
    written = output.write(config.output, planned.documents)
    output.remove(config.output, planned.obsolete)
    # Only now, when all of it is on disk, is it remembered: a run that dies before repeats itself.
    remember(prepared, planned)
    return _proven(_report("published", prepared, planned, written), prepared, planned)


def _never_back(library: sqlite3.Connection, now: datetime) -> datetime:
    """A clock that was put back must not withdraw what stands: a run is never earlier than the last."""
    last = database.setting(library, LAST_RUN)
    now = now if last is None else max(now, moment(int(last)))
    database.put_setting(library, LAST_RUN, str(int(now.timestamp())))
    return now


def _proven(report: Report, prepared: Prepared, planned: Plan) -> Report:
    """The report with what the run left, unless the next has to look for itself."""
    config, found = prepared.config, prepared.found
    listing = database.listing_for(config.state, config.output)
    found.keep(listing)
    until = next_change(prepared)
    sources = [str(folder) for folder in config.sources]
    left = unchanged.seen(sources, str(config.output), str(listing), until)
    # Looked at after that: a file that somebody takes away is missed here, or by who compares with `left`.
    whole = not planned.gate.held_back and all_there(planned.drafts, config)
    sure = (whole or report.outcome == "refused") and found.sure and not prepared.changes.unread
    return replace(report, next_change=None if until is None else moment(until), left=left if sure else None)


def _report(outcome: Outcome, prepared: Prepared, planned: Plan, changed: list[str]) -> Report:
    selection, config = prepared.selection, prepared.config
    counts = index.counts(prepared.library)
    clashes = len(selection.twins.rejected)
    articles = Articles(
        found=index.articles(counts),
        selected=selection.selected,
        passed_over=counts.get("article", 0) - selection.selected - clashes,
        unpublished=counts.get("unpublished", 0),
        rejected=counts.get("rejected", 0) + clashes,
        ignored=counts.get("ignored", 0),
    )
    held_back = planned.gate.held_back
    never_came = sum(not held.stands for held in held_back.values())
    return Report(
        outcome=outcome,
        now=prepared.now,
        output=config.output.as_posix(),
        articles=articles,
        entries=len({entry.id for draft in planned.drafts for entry in draft.entries if not draft.notice}),
        parsed=prepared.changes.parsed,
        rendered=planned.rendered,
        feeds=tuple(feed.untouched() if feed.slug in held_back else feed for feed in planned.reports),
        written=tuple(changed),
        unchanged=planned.expected - len(changed) - never_came * len(FEED_FORMATS),
        removed=planned.obsolete,
        rejected=prepared.rejected,
        mended=mended(prepared, planned),
        warnings=selection.warnings + planned.warnings,
        held_back=tuple(held_back.values()),
    )
