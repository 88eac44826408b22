"""What several test files share: published output, of our own samples and of real articles."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from node_fixtures import node_modules  # noqa: F401 - a fixture

from feeds import config
from feeds.config import Config
from feeds.publishing.publish import publish

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 22, tzinfo=UTC)
# Real articles, which a user of the project does not have.
CORPORA = {name: ROOT.parent / "shared" / "corpus" / name for name in ("powerapps", "azure-sample")}

# One core of a busy machine may take long over one example: the per-test timeout guards against hangs.
settings.register_profile("feeds", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("feeds")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-golden", action="store_true", help="rewrite tests/golden from this run")


@pytest.fixture(scope="session")
def published_seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample articles as `make publish` publishes them, with a fixed clock."""
    folder = tmp_path_factory.mktemp("seeds")
    overrides = {"sources": [ROOT / "seeds"], "output": folder / "output", "state": folder / "state"}
    publish(config.load(ROOT / config.DEFAULT_PATH, overrides), NOW)
    return folder / "output"


@pytest.fixture(scope="session")
def published_corpus(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A corpus of real articles, published once a session without a config."""
    outputs: dict[str, Path] = {}

    def published(name: str) -> Path:
        if not CORPORA[name].is_dir():
            pytest.skip(f"the real articles of {name} are not on this machine")
        if name not in outputs:
            folder = tmp_path_factory.mktemp(name)
            settings = Config(sources=(CORPORA[name],), output=folder / "output", state=folder / "state")
            publish(settings, NOW)
            outputs[name] = folder / "output"
        return outputs[name]

    return published


@pytest.fixture(params=["seeds", *CORPORA])
def published(
    request: pytest.FixtureRequest,
    published_seeds: Path,
    published_corpus: Callable[[str], Path],
) -> Path:
    """Published output of each kind of input there is."""
    return published_seeds if request.param == "seeds" else published_corpus(request.param)
