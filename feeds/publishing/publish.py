"""One run: load, select, compose, render, write; and the report of it."""

from datetime import datetime

from feeds.config import Config
from feeds.publishing import output
from feeds.publishing.plan import Plan, Prepared, Progress, plan, prepare, silent
from feeds.publishing.report import Articles, Outcome, Report


def publish(
    config: Config,
    now: datetime,
    *,
    strict: bool = False,
    wait: bool = False,
    progress: Progress = silent,
) -> Report:
    """Publish all sources into the output folder, replacing only files whose bytes differ.

    With `strict`, one rejected article refuses the run and nothing is written. Raises Locked while another
    publisher is at work (unless `wait`), UsageError for a missing source, OutputFailed.
    """
    with output.locked(config.state, wait=wait):
        output.sweep(config.output)
        prepared = prepare(config, now, progress=progress)
        planned = plan(prepared, progress)
        changed = output.differing(config.output, planned.documents)
        if strict and prepared.rejected:
            return _report("refused", prepared, planned, [])
        output.write(config.output, changed)
        output.remove(config.output, planned.obsolete)
        return _report("published", prepared, planned, changed)


def rehearse(config: Config, now: datetime, *, progress: Progress = silent) -> Report:
    """The report that `publish` would give, with nothing written."""
    prepared = prepare(config, now, progress=progress)
    planned = plan(prepared, progress)
    return _report("planned", prepared, planned, output.differing(config.output, planned.documents))


def _report(outcome: Outcome, prepared: Prepared, planned: Plan, changed: list[output.Document]) -> Report:
    loaded, selection, config = prepared.loaded, prepared.selection, prepared.config
    articles = Articles(
        found=loaded.found,
        selected=len(selection.selected),
        passed_over=len(loaded.articles) - len(selection.selected) - len(selection.rejected),
        unpublished=len(loaded.unpublished),
        rejected=len(loaded.rejected) + len(selection.rejected),
        ignored=len(loaded.ignored),
    )
    warnings = selection.warnings + tuple(
        f"config: '{key}' has no effect in this version" for key in config.not_yet()
    )
    return Report(
        outcome=outcome,
        now=prepared.now,
        output=config.output.as_posix(),
        articles=articles,
        entries=planned.entries,
        feeds=planned.feeds,
        written=tuple(document.path for document in changed),
        unchanged=len(planned.documents) - len(changed),
        removed=planned.obsolete,
        rejected=prepared.rejected,
        mended=loaded.mended,
        warnings=warnings,
    )
