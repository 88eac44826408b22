"""`feeds check`."""

from argparse import Namespace
from dataclasses import asdict
from datetime import datetime

from feeds.cli.console import Voice, count, load_config, print_json
from feeds.publishing.plan import prepare


def run(options: Namespace, now: datetime) -> int:
    """Validate every article; exits with 1 when one would be rejected."""
    config = load_config(options)
    voice = Voice(options)
    with voice.progress() as progress:
        prepared = prepare(config, now, unpublished_too=True, progress=progress)
    loaded, rejected = prepared.loaded, prepared.rejected
    warnings = prepared.selection.warnings
    if options.json:
        print_json(
            {
                "found": loaded.found,
                "ignored": len(loaded.ignored),
                "rejected": [asdict(problem) for problem in rejected],
                "mended": [asdict(problem) for problem in loaded.mended],
                "warnings": warnings,
            }
        )
        return 1 if rejected else 0
    voice.problems(rejected)
    voice.problems(loaded.mended)
    for warning in warnings:
        voice.warn(warning)
    verdict = f"{len(rejected)} rejected" if rejected else "all of them good"
    voice.say(f"Checked {count(loaded.found, 'article')}: {verdict}.", "bold")
    if loaded.ignored:
        voice.say(f"{count(len(loaded.ignored), 'file')} without front matter ignored.")
    return 1 if rejected else 0
