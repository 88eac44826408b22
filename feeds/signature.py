"""Which code this is: changes when any of our modules, or the set of installed packages, changes.

Imports nothing heavy: it is asked before anything else is.
"""

import os
import sys


def signature() -> str:
    """A text that two runs share only if they run the same code."""
    here = os.path.dirname(os.path.abspath(__file__))
    places = [f"{sys.version_info[:3]}"]
    folders = [here]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith((".py", ".css")):
                    status = entry.stat()
                    places.append(f"{entry.name} {status.st_size} {status.st_mtime_ns}")
                elif entry.is_dir() and entry.name != "__pycache__":
                    folders.append(entry.path)
    # pip changes the folder into which it installs.
    places.extend(
        f"{path} {os.stat(path).st_mtime_ns}" for path in sys.path if path.endswith("site-packages")
    )
    return f"{hash_of(sorted(places)):016x}"


def hash_of(lines: list[str]) -> int:
    """FNV-1a, 64 bits: `hash` differs from run to run, and hashlib takes time to import."""
    value = 0xCBF29CE484222325
    for byte in "\n".join(lines).encode(errors="surrogateescape"):
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value
