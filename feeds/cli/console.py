"""What commands share: their config, and the way they speak to a person or a script."""

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from feeds import config
from feeds.articles.problem import Problem, Rejected
from feeds.config import Config
from feeds.errors import UsageError
from feeds.publishing.prepare import Progress, silent
from feeds.publishing.report import HeldBack

if TYPE_CHECKING:
    from rich.progress import TaskID


def load_config(options: Namespace) -> Config:
    """The config file with the options of the command line over it."""
    if options.config is not None and not options.config.exists():
        raise UsageError(f"{options.config}: no such config file. 'feeds init' writes one.")
    overrides = {"sources": options.source, "output": options.output, "state": options.state}
    given = {key: value for key, value in overrides.items() if value is not None}
    return config.load(options.config, given)


class Voice:
    """Speaks to a person: the result on standard output, faults and progress on standard error."""

    def __init__(self, options: Namespace, out: IO[str] | None = None, err: IO[str] | None = None) -> None:
        self.quiet: bool = options.quiet or options.json
        self.verbose: bool = options.verbose
        self.out = out or sys.stdout
        self.err = err or sys.stderr

    def json(self, document: Mapping[str, object]) -> None:
        """The result as one JSON document."""
        print(json.dumps(document, ensure_ascii=False, indent=2, default=str), file=self.out)

    def say(self, line: str = "", style: str = "") -> None:
        """A line of the result."""
        if not self.quiet:
            _print(self.out, "", line, line_style=style)

    def complain(self, line: str) -> None:
        """A line that says why there is no result."""
        _print(self.err, "", line)

    def warn(self, line: str) -> None:
        """A line that a person should act on, even when they asked for quiet."""
        _print(self.err, "warning: ", line, label_style="yellow")

    def problems(self, problems: tuple[Problem, ...]) -> None:
        """One line a problem, its kind first."""
        for problem in problems:
            label, style = ("rejected: ", "red") if isinstance(problem, Rejected) else ("mended: ", "yellow")
            _print(self.err, label, str(problem), label_style=style)

    def held_back(self, feeds: tuple[HeldBack, ...]) -> None:
        """One line a feed that failed the last look before it is replaced."""
        for feed in feeds:
            _print(self.err, "held back: ", str(feed), label_style="red")

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Progress bars while a person is watching; nothing otherwise."""
        if self.quiet or not self.err.isatty():
            yield silent
            return
        from rich import progress as rich_progress  # noqa: PLC0415
        from rich.console import Console  # noqa: PLC0415 - takes longer than many a run

        columns = (
            rich_progress.TextColumn("{task.description}"),
            rich_progress.BarColumn(),
            rich_progress.MofNCompleteColumn(),
        )
        with rich_progress.Progress(*columns, console=Console(file=self.err), transient=True) as bars:
            tasks: dict[str, TaskID] = {}

            def advance(stage: str, done: int, total: int) -> None:
                if stage not in tasks:
                    tasks[stage] = bars.add_task(stage, total=total)
                bars.update(tasks[stage], completed=done)

            yield advance


def _print(stream: IO[str], label: str, line: str, *, label_style: str = "", line_style: str = "") -> None:
    """A line, in colours where a terminal shows them (no-color.org)."""
    if not stream.isatty():
        print(f"{label}{line}", file=stream)
        return
    from rich.console import Console  # noqa: PLC0415 - see `progress`
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=stream, highlight=False, soft_wrap=True, emoji=False, markup=False)
    console.print(Text.assemble((label, label_style), (line, line_style)))


def count(number: int, noun: str) -> str:
    """`1 article`, `2 articles`; `entry` becomes `entries`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("ry") else f"{number:,} {noun}s"
