"""The power fails while we publish: python tests/torture/power_cut.py --times 50 (as root; by hand)

An ext4 file system in an image is shut down at a random moment by EXT4_IOC_SHUTDOWN, without flushing its
journal, as if its disk had lost power. Mounted again, every feed must be the old or the new one, whole, and
the library intact. With --without-fsync nothing is flushed: what is found then shows that this can fail.
"""

import argparse
import fcntl
import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
from torture.faults import WITHOUT_FSYNC, Server, server  # noqa: E402
from torture.scene import EPOCH, Scene  # noqa: E402

# linux/fs/ext4/ext4.h: _IOR('X', 125, __u32), and the flag by which what is not on the disk is lost.
EXT4_IOC_SHUTDOWN = 0x8004587D
EXT4_GOING_FLAGS_NOLOGFLUSH = 2
MEGABYTES = 64
# ext4 would flush a file by itself before it is renamed over another. Names are on disk after a second, then,
# and contents much later, where nobody flushes them.
UNFORGIVING = "noauto_da_alloc,commit=1"
AFTERWARDS = 3.0  # seconds, after the first of which names reach the disk


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-fsync", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        bad = cut(Path(folder), options.times, Random(options.seed), flush=not options.without_fsync)
    for line in bad:
        print(line)  # noqa: T201
    print(f"power cut: {options.times} times, {len(bad)} with problems")  # noqa: T201
    return 1 if bad else 0


def cut(folder: Path, times: int, random: Random, *, flush: bool = True) -> list[str]:
    """What was wrong after each of the cuts."""
    image, disk = folder / "disk.img", folder / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(MEGABYTES << 20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    bad = []
    os.environ["SOURCE_DATE_EPOCH"] = EPOCH
    with server(None, folder) as forks, server(None if flush else WITHOUT_FSYNC, folder) as publishes:
        with _mounted(image, disk):
            scene = Scene.build(disk, os.environ.__setitem__)
            began = time.perf_counter()
            publishes.publish(scene.reset())
            whole = time.perf_counter() - began
        for number in range(times):
            moment = random.uniform(0, whole) if number % 2 else whole + random.uniform(0, AFTERWARDS)
            with _mounted(image, disk):
                scene.reset()
                os.sync()
                _cut_after(moment, disk, publishes, scene)
            with _mounted(image, disk):
                problems = scene.problems_after_fault()
                healed = forks.publish(scene.site)
                problems += [] if healed.status == 0 else [f"the next run: {healed}"]
                problems += scene.problems_after_healing()
            if problems:
                bad.append(f"cut {number} after {moment * 1000:.1f} ms: {'; '.join(problems)}")
    return bad


def _cut_after(seconds: float, disk: Path, publishes: Server, scene: Scene) -> None:
    running = threading.Thread(target=publishes.publish, args=(scene.site,))
    running.start()
    time.sleep(seconds)
    descriptor = os.open(disk, os.O_RDONLY)
    fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", EXT4_GOING_FLAGS_NOLOGFLUSH))
    os.close(descriptor)
    running.join()


@contextmanager
def _mounted(image: Path, disk: Path) -> Iterator[None]:
    subprocess.run(["mount", "-o", f"loop,{UNFORGIVING}", str(image), str(disk)], check=True)
    try:
        yield
    finally:
        os.chdir("/")
        subprocess.run(["umount", str(disk)], check=True)


if __name__ == "__main__":
    raise SystemExit(main())
