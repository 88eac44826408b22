"""What the documentation says is so: every command, option and key is in it, and its examples are valid."""

import re
from pathlib import Path

import pytest
import yaml

from feeds.cli.parser import build
from feeds.config import Config, FeedConfig, RetractionsConfig, ServeConfig, SiteConfig

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
COMMANDS = ("publish", "daemon", "serve", "plan", "check", "explain", "init")


def _help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *command: str) -> str:
    monkeypatch.setenv("COLUMNS", "110")
    with pytest.raises(SystemExit):
        build().parse_args([*command, "--help"])
    return capsys.readouterr().out


def test_cli_md_is_the_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    parts = ["# Commands\n\nWhat `feeds --help` and `feeds COMMAND --help` print; `make golden` renews it.\n"]
    for command in ((), *((name,) for name in COMMANDS)):
        title = " ".join(("feeds", *command))
        parts.append(f"## {title}\n\n```\n{_help(monkeypatch, capsys, *command)}```\n")
    page = "\n".join(parts)
    if request.config.getoption("--renew-golden"):
        (DOCS / "cli.md").write_text(page, encoding="utf-8")
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == page


@pytest.mark.parametrize("model", [Config, SiteConfig, FeedConfig, RetractionsConfig, ServeConfig])
def test_every_config_key_is_documented(model: type[Config]) -> None:
    text = (DOCS / "config.md").read_text(encoding="utf-8")
    missing = [key for key in model.model_fields if not re.search(rf"\b{key}\b:?", text)]
    assert missing == []


@pytest.mark.parametrize("page", ["README.md", "docs/config.md"])
def test_config_examples_are_valid(page: str) -> None:
    blocks = re.findall(r"```yaml\n(site:.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        Config.model_validate(yaml.load(block, yaml.CBaseLoader))


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *sorted(path.name for path in DOCS.glob("*.md"))]
)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    path = ROOT / page if (ROOT / page).exists() else DOCS / page
    targets = re.findall(r"\]\((?!http)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []
