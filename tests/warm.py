"""A process that has imported and cached all that a publish needs: for forks, and for who gives up rights."""

import contextlib
import io
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from feeds.cli.main import main

ARTICLE = """---
title: Warm
date: 2026-01-01
webUrl: https://example.com/warm
topics: [Warm]
excerpt: An excerpt
images: [https://example.com/warm.png]
related: [{title: Related, webUrl: https://example.com/related}]
---
A *body*.
"""


def warm() -> None:
    """Publish something else, somewhere else, and fail at it, as the real run may."""
    here = Path.cwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        (Path(folder) / "seeds").mkdir()
        (Path(folder) / "seeds" / "warm.md").write_text(ARTICLE)
        (Path(folder) / "seeds" / "cold.md").write_text("---\ntitle: [\n---\n")
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            main(["publish", "--verbose"])
            main(["plan"])
        os.chdir(here)
