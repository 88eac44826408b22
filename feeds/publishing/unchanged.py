"""A run that would change nothing, recognised by a look at the file system alone.

A publish leaves a proof in the state folder: the command line, the config's bytes, the code, what the output
and the library look like, where the listing of the sources is, until when time changes nothing by itself, and
what such a run has to say. While all of that is as it was, the answer is known. Imports only what is as cheap
as the look itself: no YAML, no pydantic, no SQLite, no argparse.
"""

import fcntl
import marshal
import os
import sys
import time

from feeds.articles import listing
from feeds.signature import signature

TYPE_CHECKING = False  # `typing` itself would cost milliseconds
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

FILE = "unchanged"
LOCK_FILE = "lock"
DEFAULT_CONFIG = "config/feeds.yaml"
DEFAULT_STATE = ".feeds"
NOW = "{now of this run}"  # where what is said names the time of the run
VERSION = 3


def answer(arguments: list[str]) -> int | None:
    """Say what a run that changes nothing says, and return its exit status; None if this may not be one."""
    if arguments[:1] != ["publish"] or "--dry-run" in arguments:
        return None
    try:
        config = _config(arguments)
        state = _option(arguments, "--state") or _state(config[1])
        lock = os.open(os.path.join(state, LOCK_FILE), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with open(os.path.join(state, FILE), "rb") as file:
            proof = marshal.load(file)  # noqa: S302 - our own file, in a folder that is private to us
        now = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
        if not (_same_question(proof, arguments, config) and stands(proof, now)):
            return None
    except (OSError, ValueError, EOFError, TypeError, KeyError):
        return None
    finally:
        os.close(lock)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(max(now, proof["since"])))
    sys.stderr.write(proof["err"].replace(NOW, moment))
    sys.stdout.write(proof["out"].replace(NOW, moment))
    return int(proof["status"])


def save(
    arguments: list[str], state: str, said: "Mapping[str, object]", found: "Mapping[str, object]"
) -> None:
    """Leave the proof for the next run: `said` holds out, err, status and since, `found` is from `seen`."""
    proof = {
        "version": VERSION,
        "arguments": arguments,
        "cwd": os.getcwd(),
        "config": _config(arguments),
        **said,
        **found,
    }
    temporary = os.path.join(state, f"{FILE}.tmp")
    with open(temporary, "wb") as file:
        marshal.dump(proof, file)
    os.replace(temporary, os.path.join(state, FILE))


def seen(sources: list[str], output: str, listed: str, until: int | None) -> dict[str, object]:
    """What a run leaves, by which the next may know that it would change nothing.

    Paths of the sources, the output and the listing, and seconds since 1970 until when time changes nothing
    by itself; to which it adds what code this is and what the output looks like. `with_library` completes it.
    """
    return {
        "sources": sources,
        "output": output,
        "listing": listed,
        "until": until,
        "code": signature(),
        "outputs": look(output),
    }


def with_library(found: "Mapping[str, object]", library: str) -> dict[str, object]:
    """The same with what the library looks like, once it is closed."""
    return {**found, "library": library, "libraries": _look_at(library)}


def stands(found: "Mapping[str, Any]", now: int) -> bool:
    """Whether all is as it was when this was seen; raises OSError where something is gone."""
    return bool(
        (found["until"] is None or now < found["until"])
        and found["code"] == signature()
        and found["libraries"] == _look_at(found["library"])
        and found["outputs"] == look(found["output"])
        and _same_listing(found)
    )


def forget(state: str) -> None:
    """There is no proof any more: something is about to change."""
    try:
        os.unlink(os.path.join(state, FILE))
    except FileNotFoundError:
        return


def look(output: str) -> str:
    """What the file system says of an output folder and the folders in it."""
    folders = [output]
    try:
        with os.scandir(output) as entries:
            folders += sorted(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
        return "\n".join(_look_at(path) for folder in folders for path in _files(folder))
    except OSError as error:
        return str(error)


def _files(folder: str) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.path for entry in entries if not entry.is_dir(follow_symlinks=False))


def _look_at(path: str) -> str:
    status = os.stat(path, follow_symlinks=False)
    return f"{path} {status.st_mtime_ns} {status.st_size} {status.st_ino}"


def _same_question(
    proof: "Mapping[str, Any]", arguments: list[str], config: tuple[str, bytes | None]
) -> bool:
    return bool(
        proof["version"] == VERSION
        and proof["arguments"] == arguments
        and proof["cwd"] == os.getcwd()
        and proof["config"] == config
    )


def _same_listing(found: "Mapping[str, Any]") -> bool:
    with open(found["listing"], "rb") as file:
        blocks = map(listing.encoded, listing.Walk(found["sources"]))
        return all(file.read(len(block)) == block for block in blocks) and file.read(1) == b""


def _config(arguments: list[str]) -> tuple[str, bytes | None]:
    named = _option(arguments, "--config")
    try:
        with open(named or DEFAULT_CONFIG, "rb") as file:
            return named or "", file.read()
    except FileNotFoundError:
        if named:
            raise
        return "", None


def _option(arguments: list[str], name: str) -> str | None:
    for place, argument in enumerate(arguments):
        if argument == name:
            return arguments[place + 1] if place + 1 < len(arguments) else None
        if argument.startswith(f"{name}="):
            return argument.removeprefix(f"{name}=")
    return None


def _state(config: bytes | None) -> str:
    """Where the config says that the state is; wherever this is wrong, no proof is found."""
    for text in (config or b"").splitlines():
        if text.startswith(b"state:"):
            return os.fsdecode(text[6:].partition(b" #")[0].strip().strip(b"\"'"))
    return DEFAULT_STATE
