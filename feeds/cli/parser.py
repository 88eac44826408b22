"""The command line: what can be asked, and the words that teach it."""

from argparse import (
    SUPPRESS,
    Action,
    ArgumentParser,
    ArgumentTypeError,
    RawDescriptionHelpFormatter,
    _SubParsersAction,
)
from functools import partial
from pathlib import Path

HIGHEST_PORT = 65535
DESCRIPTION = """\
Point it at a folder of articles; it publishes RSS, Atom and JSON feeds, one per topic.

  feeds init ~/blog     look at a folder of articles and write a config for it
  feeds publish         write every feed below output/
  feeds daemon --serve  keep them fresh, and serve them to readers
  feeds explain FILE    say in which feeds an article is, and why not in the others
"""
EPILOG = """\
exit status: 0 done; 1 failed or refused (what was published before still stands); 2 wrong usage or config.
SOURCE_DATE_EPOCH in the environment (seconds) stands in for the clock, for reproducible builds.
"""
PUBLISH = """\
Read every article below the sources, choose those that each feed takes, and write the feeds. Only files
whose bytes differ are replaced, each whole or not at all. A file that cannot be an article is reported
with its line and what was expected there; the others go out.
"""
DAEMON = """\
Publish again and again, by the config's schedule and, with `watch`, whenever an article changes; also at the
moment when the next future-dated article is due. One run at a time; a run that fails is told, counted and
tried again at the next time. SIGTERM: finish and exit. SIGHUP: read the config anew. The log goes to
standard error, one line an event.
"""
PLAN = """\
Show what the next publish would add to each feed, change in it and take from it. Nothing is written.
"""
CHECK = """\
Validate every article, published or not, and print one line for each fault: file, line, field, what was
expected, what was found. Exit status 1 when an article would be rejected.
"""
EXPLAIN = """\
Say of one article in which feeds it is, at what place, and which rule keeps it out of the others.
Name it by its file, by its id in the feeds or by its link.
"""
SERVE = """\
Serve the output folder to feed readers and browsers over HTTP, until SIGINT or SIGTERM. What is published
meanwhile is there within a second. SIGHUP reads the config again; a faulty one is reported and not used.
"""
INIT = """\
Look at a folder of articles (Jekyll, Hugo, Eleventy or any other with front matter) and write a commented
config for it. An existing config is never overwritten.
"""


class Parser(ArgumentParser):
    """Help as it is written, and options by their whole name only, so that scripts stay right."""

    def __init__(self, **options: object) -> None:
        super().__init__(**(options | {"allow_abbrev": False}))  # type: ignore[arg-type]


class ShowVersion(Action):
    """Looked up only when it is asked for: that takes longer than all of the command line."""

    def __call__(self, parser: ArgumentParser, *_: object) -> None:
        """Print the version and exit."""
        from importlib.metadata import version  # noqa: PLC0415

        print(f"Feedwright {version('feedwright')}")
        parser.exit()


def build() -> Parser:
    """The parser of `feeds`; `command` is the chosen command's name."""
    parser = Parser(
        prog="feeds", description=DESCRIPTION, epilog=EPILOG, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action=ShowVersion, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")
    _publish(commands)
    _daemon(commands)
    _serve(commands)
    _plan(commands)
    _check(commands)
    _explain(commands)
    _init(commands)
    return parser


def _publish(commands: "_SubParsersAction[Parser]") -> None:
    parser = _command(commands, "publish", "write the feeds", PUBLISH)
    _where(parser)
    parser.add_argument("--dry-run", action="store_true", help="do everything but write")
    parser.add_argument(
        "--strict", action="store_true", help="publish nothing and exit with 1 if any article is rejected"
    )
    parser.add_argument("--allow-flood", action="store_true", help="publish however much changes at once")
    parser.add_argument(
        "--wait", action="store_true", help="wait for another publisher to finish instead of giving up"
    )


def _daemon(commands: "_SubParsersAction[Parser]") -> None:
    parser = _command(commands, "daemon", "publish whenever it is due", DAEMON)
    _where(parser)
    parser.add_argument("--serve", action="store_true", help="serve the feeds to readers, too")
    _log(parser)


def _log(parser: ArgumentParser) -> None:
    parser.add_argument("--log-json", action="store_true", help="write the log as JSON, one line an event")


def _plan(commands: "_SubParsersAction[Parser]") -> None:
    parser = _command(commands, "plan", "show what the next publish would change", PLAN)
    _where(parser)


def _check(commands: "_SubParsersAction[Parser]") -> None:
    parser = _command(commands, "check", "validate every article", CHECK)
    _where(parser)


def _explain(commands: "_SubParsersAction[Parser]") -> None:
    parser = _command(commands, "explain", "say why an article is or is not in a feed", EXPLAIN)
    parser.add_argument("article", metavar="PATH|ID|LINK", help="the article")
    _where(parser)


def _serve(commands: "_SubParsersAction[Parser]") -> None:
    parser = _command(commands, "serve", "serve the feeds over HTTP", SERVE)
    _output(parser)
    _log(parser)
    parser.add_argument(
        "--host", metavar="HOST", help="address to listen on (default: the config's, 127.0.0.1)"
    )
    parser.add_argument(
        "--port", metavar="PORT", type=_port, help="port; 0 takes any free one (default: the config's, 8000)"
    )


def _init(commands: "_SubParsersAction[Parser]") -> None:
    parser = _command(commands, "init", "write a config for a folder", INIT)
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", type=Path, default=Path(), help="the site (default: here)"
    )


def _command(commands: "_SubParsersAction[Parser]", name: str, summary: str, description: str) -> Parser:
    parser: Parser = commands.add_parser(
        name,
        help=summary,
        description=description,
        formatter_class=partial(RawDescriptionHelpFormatter, max_help_position=30),
    )
    common = parser.add_argument_group("everywhere")
    common.add_argument(
        "--config", metavar="FILE", type=Path, help="the config (default: config/feeds.yaml, if it is there)"
    )
    common.add_argument(
        "--state", metavar="DIR", type=Path, help="what is kept between runs (default: .feeds)"
    )
    common.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    volume = common.add_mutually_exclusive_group()
    volume.add_argument("-v", "--verbose", action="store_true", help="say more")
    volume.add_argument("-q", "--quiet", action="store_true", help="say only what is wrong")
    parser.set_defaults(source=None, output=None)
    return parser


def _where(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        metavar="DIR",
        type=Path,
        action="append",
        default=SUPPRESS,
        help="folder of articles; may be given several times (default: the config's sources, else seeds)",
    )
    _output(parser)


def _output(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--output", metavar="DIR", type=Path, default=SUPPRESS, help="where the feeds go (default: output)"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise ArgumentTypeError(f"expected a port of 0-{HIGHEST_PORT}, found {text!r}")
    return int(text)
