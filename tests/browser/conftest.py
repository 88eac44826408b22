import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.page_reader import Reader, Website, read, serve
from browser.page_sites import large_site, publish, small_site
from playwright.sync_api import Browser, sync_playwright


@pytest.fixture(scope="module", params=["small", "seeds"])
def output(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder under test: what could break a page, and what is really published."""
    if request.param == "small":
        return publish(small_site(), tmp_path_factory.mktemp("small") / "output")
    seeds: Path = request.getfixturevalue("published_seeds")
    return seeds


@pytest.fixture(scope="module")
def website(output: Path) -> Iterator[Website]:
    yield from serve(output)


@pytest.fixture(scope="module")
def large_website(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    yield from serve(publish(large_site(), tmp_path_factory.mktemp("large") / "output"))


# Not for the session: Playwright keeps an event loop running in this thread, where others want their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = ("chromium", "google-chrome", "chromium-browser")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(names)} is on the PATH")
    quiet = ["gpu", "quic", "background-networking", "component-update", "sync"]
    arguments = ["--no-first-run", *(f"--disable-{what}" for what in quiet)]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses its sandbox to root
    with sync_playwright() as playwright:
        # launch() brings a new, empty user data folder each time and removes it.
        started = playwright.chromium.launch(executable_path=found, args=arguments)
        yield started
        started.close()


@pytest.fixture
def reader(browser: Browser, website: Website) -> Iterator[Reader]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        yield read(context, website)
