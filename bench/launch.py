"""Start one command, wait for it, and print what it cost as JSON; measure.py says why this is a process.

python -I -S launch.py FOLDER LOG COMMAND...
"""

import os
import signal
import sys
import time

TIMEOUT = 3600
KILOBYTE = 1024


def main(folder: str, log: str, *command: str) -> None:
    os.chdir(folder)
    redirect = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    began = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=redirect, setpgroup=0)
    for reason in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM):
        signal.signal(reason, lambda *_: os.killpg(process, signal.SIGKILL))
    signal.alarm(TIMEOUT)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - began
    cpu = usage.ru_utime + usage.ru_stime
    memory = usage.ru_maxrss * (KILOBYTE if sys.platform == "linux" else 1)
    code = os.waitstatus_to_exitcode(status)
    print(f'{{"wall": {wall}, "cpu": {cpu}, "memory": {memory}, "status": {code}}}')


if __name__ == "__main__":
    main(*sys.argv[1:])
