"""The W3C feed validator over published files.

`complaints` starts this very file with the interpreter of the checkout that FEEDVALIDATOR names (and
FEEDVALIDATOR_PYTHON, if it needs another one than ours); there it reads jobs and prints what was logged.
None of the validator's code is here, and none is fetched.
"""

import importlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ADVISORY = frozenset({"DuplicateUpdated"})  # true dates stay, even where articles share one


@dataclass(frozen=True, slots=True)
class Job:
    """A file, and the address and media type that it is published with."""

    path: Path
    url: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """An event that the validator logged: an Error, or a Warning."""

    path: Path
    level: str
    name: str  # of the event's class
    details: str

    def __str__(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}: {self.level} {self.name} {self.details}"


def checkout() -> Path | None:
    """Where the validator's sources are, if the environment names them."""
    named = os.environ.get("FEEDVALIDATOR")
    return Path(named) if named else None


def complaints(jobs: list[Job], validator: Path) -> list[Complaint]:
    """All errors and warnings about these files, advisory ones too."""
    run = subprocess.run(
        [os.environ.get("FEEDVALIDATOR_PYTHON", sys.executable), __file__, str(validator / "src")],
        input=json.dumps([[str(job.path), job.url, job.media_type] for job in jobs]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = [Complaint(Path(path), *words) for path, *words in map(json.loads, run.stdout.splitlines())]
    answered = {complaint.path for complaint in found if complaint.level == "Done"}
    assert answered == {job.path for job in jobs}, "the validator did not answer for every file"
    return [complaint for complaint in found if complaint.level != "Done"]


def work(sources: str) -> None:
    """Validate the jobs on standard input: the part that runs in the validator's interpreter."""
    sys.path.insert(0, sources)
    validator = importlib.import_module("feedvalidator")
    logged = importlib.import_module("feedvalidator.logging")
    for path, url, media_type in json.load(sys.stdin):
        with Path(path).open("rb") as stream:
            result = validator.validateStream(stream, contentType=f"{media_type}; charset=utf-8", base=url)
        for event in result["loggedEvents"]:
            level = next(
                (kind for kind in ("Error", "Warning") if isinstance(event, getattr(logged, kind))), ""
            )
            if level:
                report(path, level, type(event).__name__, str(event.params))
        report(path, "Done", "", "")


def report(*words: str) -> None:
    sys.stdout.write(json.dumps(words) + "\n")


if __name__ == "__main__":
    work(sys.argv[1])
