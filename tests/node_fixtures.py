"""The JavaScript side of the tests: packages installed once from the lock file, and what runs on them."""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

NODE = Path(__file__).parent / "node"


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder of the installed packages; the test is skipped where node or npm is not there."""
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed here: {' and '.join(missing)}, which JavaScript feed readers need")
    installed = NODE / "node_modules"
    lock = NODE / "package-lock.json"
    mark = installed / ".package-lock.json"  # npm writes it last
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # tests run in several processes
        if not mark.is_file() or mark.stat().st_mtime < lock.stat().st_mtime:
            npm = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            run = subprocess.run(npm, cwd=NODE, capture_output=True, text=True, check=False)
            assert run.returncode == 0, f"npm ci failed:\n{run.stdout}{run.stderr}"
    return installed


def read_feeds(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """What each JavaScript parser saw of each file: `path`, `parser` and `items`."""
    run = subprocess.run(
        ["node", "read_feeds.mjs", *(str(path.resolve()) for path in paths)],
        cwd=NODE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]
