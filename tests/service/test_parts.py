"""What of the daemon can be seen only from inside: a clock that is set, file systems, the service manager."""

import os
import signal
import socket
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from structlog.testing import capture_logs

from feeds import config
from feeds.config import Config
from feeds.service import daemon, notify, watch
from feeds.service.daemon import Daemon
from feeds.service.health import Health

MOUNTS = """\
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
40 22 0:35 / /srv/with\\040blank rw,relatime shared:2 - nfs4 server:/articles rw
41 22 0:36 / /srv/remote rw - fuse.sshfs host:/ rw
"""


def run_until(daemon: Daemon, drive: Callable[[], None]) -> None:
    """Run a daemon in this, the main thread, while another one drives it and then stops it."""

    def conduct() -> None:
        try:
            drive()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    conductor = Thread(target=conduct)
    conductor.start()
    daemon.run()
    conductor.join()


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_is_set_makes_a_run_and_counts_the_schedule_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    (tmp_path / "articles").mkdir()
    monkeypatch.chdir(tmp_path)
    Path("feeds.yaml").write_text("sources: articles\nschedule: every 1h\n", encoding="utf-8")
    health = Health()
    now = time.time() - time.monotonic()

    def drive() -> None:
        until(lambda: health.runs["published"] == 1)
        monkeypatch.setattr(daemon, "_drift", lambda: now + days * 86_400)
        until(lambda: health.runs["published"] == 2)

    with capture_logs() as log:
        load = partial(config.load, Path("feeds.yaml"), {})
        run_until(Daemon(load(), load, health), drive)
    assert [round(line["by_seconds"]) for line in log if line["event"] == "the clock was set"] == [
        days * 86_400
    ]
    assert [line["why"] for line in log if line["event"] == "run begins"] == ["start", "clock"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/articles", "ext4"),
        ("/srv/with blank/x", "nfs4"),
        ("/srv/remote", "fuse"),
        ("/srv/remoter", "ext4"),
    ],
)
def test_the_file_system_of_a_path_is_that_of_the_nearest_mount(tmp_path: Path, path: str, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS, encoding="utf-8")
    assert watch.file_system(Path(path), mounts) == kind


def test_where_the_system_does_not_say_its_mounts_events_are_trusted(tmp_path: Path) -> None:
    assert watch.file_system(tmp_path, tmp_path / "none") == ""


def test_the_mounts_of_this_machine_can_be_read(tmp_path: Path) -> None:
    assert watch.file_system(tmp_path) or not watch.MOUNTS.exists()


def test_who_has_no_service_manager_tells_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for address in ("", "relative", str(tmp_path / "gone")):
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notify.notify("READY=1")
    monkeypatch.delenv("NOTIFY_SOCKET")
    notify.notify("READY=1")


def test_a_service_manager_that_does_not_listen_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        for _ in range(1000):  # more than any queue of the kernel's holds
            notify.notify("WATCHDOG=1")
        assert manager.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("usec", "pid", "seconds"),
    [("", "", None), ("3000000", "", 3.0), ("3000000", "1", None), ("soon", "", None), ("0", "", None)],
)
def test_the_watchdog_is_asked_for_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, usec: str, pid: str, seconds: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", pid)
    assert notify.watchdog_seconds() == seconds


def test_every_schedule_has_a_name_and_the_site_always_one() -> None:
    assert list(Config().schedules) == [config.SITE]
    named = Config(
        schedule="@daily",
        topics={"AI": {"schedule": "every 5m"}, "B": {}},
        feeds={"C": {"schedule": "@weekly"}},
    )
    assert list(named.schedules) == [config.SITE, "AI", "C"]
