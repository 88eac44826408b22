"""The output folder of each test, and the three ways to ask for what is in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from web.asking import Answered, Ask, connected, direct, over, served, site

from feeds.config import Config
from feeds.web.responder import Responder


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return site(tmp_path)


@pytest.fixture
def responder(config: Config) -> Responder:
    return Responder(config)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A folder that no test of the module changes."""
    return site(tmp_path_factory.mktemp("standing"))


@pytest.fixture(scope="module", params=["responder", "asgi", "quick"])
def ask(request: pytest.FixtureRequest, standing: Config) -> Iterator[Ask]:
    """Without a socket, over one through the ASGI application, and over one on the short way."""
    responder = Responder(standing)
    if request.param == "responder":
        yield direct(responder)
        return
    quick = request.param == "quick"
    with served(responder, quick=quick) as port, connected(port) as connection:
        once = over(connection)

        def twice(*request: object) -> Answered:
            first, second = once(*request), once(*request)  # the second time it is in memory
            assert first == second
            return second

        yield twice if quick else once
