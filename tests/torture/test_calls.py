"""A publish that the system kills or refuses at some of its calls; `make torture` takes all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from torture.faults import FAULTS, why_not
from torture.scene import Scene
from torture.trials import STOPPED, Trial, at_every_call, at_random_moments

EVERY = {"EMFILE": 8}  # of openat alone, so more of it
USUALLY = 60
RANDOM_KILLS = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("torture")


@pytest.fixture(scope="module")
def scene(folder: Path) -> Iterator[Scene]:
    with pytest.MonkeyPatch.context() as environment:
        yield Scene.build(folder, environment.setenv)


def _problems(trials: list[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.problems]


@pytest.mark.skipif(why_not() != "", reason=why_not())
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_some_calls_loses_and_tears_nothing_and_the_next_run_heals(
    scene: Scene, folder: Path, fault: str
) -> None:
    trials = list(at_every_call(scene, folder, fault, EVERY.get(fault, USUALLY)))
    assert _problems(trials) == []
    assert len(trials) >= len(FAULTS[fault])
    if fault == "SIGKILL":
        assert {trial.ending for trial in trials} == {STOPPED}


def test_a_kill_at_any_moment_loses_and_tears_nothing_and_the_next_run_heals(
    scene: Scene, folder: Path
) -> None:
    trials = list(at_random_moments(scene, folder, RANDOM_KILLS, seed=1))
    assert _problems(trials) == []
    assert STOPPED in {trial.ending for trial in trials}
