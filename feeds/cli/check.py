"""`feeds check`."""

from argparse import Namespace
from dataclasses import asdict
from datetime import datetime

from feeds.cli.console import Voice, count, load_config
from feeds.publishing.check import check


def run(options: Namespace, now: datetime) -> int:
    """Validate every article; exits with 1 when one would be rejected."""
    config = load_config(options)
    voice = Voice(options)
    with voice.progress() as progress:
        checked = check(config, now, progress=progress)
    if options.json:
        voice.json(asdict(checked))
        return 1 if checked.rejected else 0
    voice.problems(checked.rejected)
    voice.problems(checked.mended)
    for warning in checked.warnings:
        voice.warn(warning)
    verdict = f"{len(checked.rejected)} rejected" if checked.rejected else "all of them good"
    voice.say(f"Checked {count(checked.found, 'article')}: {verdict}.", "bold")
    if checked.ignored:
        voice.say(f"{count(checked.ignored, 'file')} without front matter ignored.")
    return 1 if checked.rejected else 0
