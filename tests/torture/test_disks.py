"""Disks that are full, read-only or taken away while we publish: real ones, where we may mount them."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from torture.scene import EPOCH, Scene

from feeds import config
from feeds.cli.main import main
from feeds.errors import OutputFailed
from feeds.publishing import publish as publishing
from feeds.publishing.plan import remember
from feeds.publishing.publish import publish

Run = Callable[[], tuple[int, str]]
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(place)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no right to mount: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        os.chdir("/")
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def scene(disk: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene.build(disk, monkeypatch.setenv)


@pytest.fixture
def run(scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run() -> tuple[int, str]:
        monkeypatch.chdir(scene.site)
        status = main(["publish", "--quiet"])
        return status, capsys.readouterr().err

    return run


def test_a_full_disk_keeps_what_stands_and_the_next_run_heals(scene: Scene, disk: Path, run: Run) -> None:
    """Full to the last page, and with room for a little of the run."""
    failed = 0
    for pages in range(0, 40, 3):
        scene.reset()
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file:
            free = os.statvfs(disk).f_bavail - pages
            file.write(b"\0" * (max(0, free) * os.statvfs(disk).f_frsize))
        status, err = run()
        if status != 0:
            failed += 1
            assert (status, err.count("\n")) == (1, 1)
            assert err.startswith("feeds: ")
        assert scene.problems_after_fault() == []
        filler.unlink()
        assert run() == (0, "")
        assert scene.problems_after_healing() == []
    assert failed > 5


def test_a_disk_that_became_read_only_keeps_what_stands(scene: Scene, disk: Path, run: Run) -> None:
    scene.reset()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    status, err = run()
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert status == 1
    stands = "What was published before still stands."
    assert err == f"feeds: .feeds/lock: cannot be written: Read-only file system. {stands}\n"
    assert scene.problems_after_fault() == []
    assert run() == (0, "")
    assert scene.problems_after_healing() == []


@pytest.mark.parametrize("stage", ["Reading articles", "Rendering feeds"])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_an_output_folder_that_is_removed_while_we_work_is_whole_after_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, count: int
) -> None:
    scene = Scene.build(tmp_path, monkeypatch.setenv)
    monkeypatch.chdir(scene.reset())
    settings, now = config.load(None, {}), datetime.fromtimestamp(int(EPOCH), UTC)

    def remove(at: str, done: int, _total: int) -> None:
        if (at, done) == (stage, count):
            shutil.rmtree(settings.output)

    with contextlib.suppress(OutputFailed):
        publish(settings, now, progress=remove)
    assert scene.library_problems() == []
    publish(settings, now)
    assert scene.problems_after_healing() == []


def test_a_run_that_lost_its_output_does_not_say_that_nothing_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last moment: all is written and nothing remembered."""
    scene = Scene.build(tmp_path, monkeypatch.setenv)
    monkeypatch.chdir(scene.reset())

    def lost(*given: object) -> None:
        shutil.rmtree("output/all")
        remember(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as meddling:
        meddling.setattr(publishing, "remember", lost)
        assert main(["publish", "--quiet"]) == 0
    assert main(["publish", "--quiet"]) == 0
    assert scene.problems_after_healing() == []


def test_a_standard_output_that_is_full_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene.build(tmp_path, monkeypatch.setenv)
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "feeds", "publish"],
            cwd=scene.reset(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
    assert run.stderr == "feeds: No space left on device; what was published before still stands\n"
    assert run.returncode == 1
    assert scene.problems_after_healing() == []
