"""What commands share: their config, and the way they speak to a person or a script."""

import json
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from feeds import config
from feeds.articles.problem import Problem, Rejected
from feeds.config import Config
from feeds.errors import UsageError
from feeds.publishing import plan


def load_config(options: Namespace) -> Config:
    """The config file with the options of the command line over it."""
    if options.config is not None and not options.config.exists():
        raise UsageError(f"{options.config}: no such config file. 'feeds init' writes one.")
    overrides = {"sources": options.source, "output": options.output, "state": options.state}
    given = {key: value for key, value in overrides.items() if value is not None}
    return config.load(options.config, given)


def print_json(document: Mapping[str, object], file: IO[str] | None = None) -> None:
    """One JSON document on standard output, or elsewhere."""
    print(json.dumps(document, ensure_ascii=False, indent=2, default=str), file=file)


class Voice:
    """Speaks to a person: the result on standard output, faults and progress on standard error."""

    def __init__(self, options: Namespace, out: IO[str] | None = None, err: IO[str] | None = None) -> None:
        self.quiet: bool = options.quiet or options.json
        self.verbose: bool = options.verbose
        self.out = Console(file=out, highlight=False, soft_wrap=True, emoji=False, markup=False)
        self.err = Console(
            file=err, stderr=err is None, highlight=False, soft_wrap=True, emoji=False, markup=False
        )

    def json(self, document: Mapping[str, object]) -> None:
        """The result as one JSON document."""
        print_json(document, self.out.file)

    def say(self, line: str = "", style: str = "") -> None:
        """A line of the result."""
        if not self.quiet:
            self.out.print(Text(line, style))

    def warn(self, line: str) -> None:
        """A line that a person should act on, even when they asked for quiet."""
        self.err.print(Text.assemble(("warning: ", "yellow"), line))

    def problems(self, problems: tuple[Problem, ...]) -> None:
        """One line a problem, its kind first."""
        for problem in problems:
            label, style = ("rejected: ", "red") if isinstance(problem, Rejected) else ("mended: ", "yellow")
            self.err.print(Text.assemble((label, style), str(problem)))

    @contextmanager
    def progress(self) -> Iterator[plan.Progress]:
        """Progress bars while a person is watching; nothing otherwise."""
        if self.quiet or not self.err.is_terminal:
            yield plan.silent
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=self.err, transient=True) as bars:
            tasks: dict[str, int] = {}

            def advance(stage: str, done: int, total: int) -> None:
                if stage not in tasks:
                    tasks[stage] = bars.add_task(stage, total=total)
                bars.update(tasks[stage], completed=done)  # type: ignore[arg-type]

            yield advance


def count(number: int, noun: str) -> str:
    """`1 article`, `2 articles`; `entry` becomes `entries`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("ry") else f"{number:,} {noun}s"
