"""The command line as people and scripts meet it: words, streams and exit statuses."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from feeds.cli.main import main
from feeds.formats.table import FEED_FORMATS
from feeds.publishing import plan

ROOT = Path(__file__).parent.parent.parent
EPOCH = "1795305600"  # 2026-11-22T00:00:00Z
GOOD = """---
title: Tidal power pays
publishedDateTime: 2026-11-01T10:00:00Z
webUrl: https://example.com/tidal
topics: [Energy, C++]
quality: 80
published: true
---
"""
Feeds = Callable[..., tuple[int, str, str]]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with one good article."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "tidal.md").write_text(GOOD)
    return tmp_path


@pytest.fixture
def feeds(capsys: pytest.CaptureFixture[str]) -> Feeds:
    """Run a command; returns its exit status and what it printed."""

    def feeds(*arguments: str) -> tuple[int, str, str]:
        status = main(list(arguments))
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return feeds


@pytest.mark.usefixtures("site")
def test_publish_closes_with_a_summary(feeds: Feeds) -> None:
    assert feeds("publish") == (
        0,
        (
            "Published 1 entry in 3 feeds to output/\n"
            "  articles  1 found, 1 selected\n"
            "  files     14 written, 0 unchanged\n"
        ),
        "",
    )


def test_a_rejected_article_is_one_line_and_not_fatal(site: Path, feeds: Feeds) -> None:
    (site / "seeds" / "bad.md").write_text(GOOD.replace("quality: 80", "quality: high"))
    status, out, err = feeds("publish")
    assert (status, err) == (0, "rejected: seeds/bad.md:6: quality: expected a number, found 'high'\n")
    assert "2 found, 1 selected, 1 rejected" in out


def test_strict_refuses_and_says_so(site: Path, feeds: Feeds) -> None:
    (site / "seeds" / "bad.md").write_text("---\n---\n")
    status, _, err = feeds("publish", "--strict")
    assert status == 1
    assert "Nothing was published: --strict, and 1 article rejected." in err
    assert not (site / "output").exists()


def test_a_feed_that_is_held_back_is_told_and_exits_with_1(
    feeds: Feeds, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert feeds("publish")[0] == 0
    (site / "seeds" / "tidal.md").write_text(GOOD.replace("pays", "still pays"))
    torn = [replace(form, render_feed=lambda _feed, _entries: b"<rss") for form in FEED_FORMATS]
    monkeypatch.setattr(plan, "FEED_FORMATS", torn)
    status, _, err = feeds("publish", "--quiet")
    assert status == 1
    lines = err.splitlines()
    assert [line[: line.index(": expected")] for line in lines] == [
        f"held back: {slug}/rss.xml" for slug in ("all", "c-plus-plus", "energy")
    ]
    assert all(line.endswith("; it stays as it was") for line in lines)


def test_dry_run_writes_nothing(site: Path, feeds: Feeds) -> None:
    status, out, _ = feeds("publish", "--dry-run")
    assert status == 0
    assert "Would publish 1 entry in 3 feeds" in out
    assert sorted(path.name for path in site.iterdir()) == ["seeds"]


def test_quiet_says_only_what_is_wrong(site: Path, feeds: Feeds) -> None:
    (site / "seeds" / "bad.md").write_text("---\n")
    status, out, err = feeds("publish", "-q")
    assert (status, out) == (0, "")
    assert err == "rejected: seeds/bad.md:1: expected a closing --- line after the front matter, found none\n"


@pytest.mark.parametrize("command", [("publish",), ("publish", "--dry-run"), ("plan",), ("check",)])
def test_json_is_one_document_and_nothing_else(site: Path, feeds: Feeds, command: tuple[str, ...]) -> None:
    (site / "seeds" / "bad.md").write_text("---\n---\n")
    _, out, err = feeds(*command, "--json")
    assert err == ""
    (rejected,) = json.loads(out)["rejected"]
    assert rejected["path"] == "seeds/bad.md"


@pytest.mark.usefixtures("site")
def test_the_json_report_says_what_the_run_did(feeds: Feeds) -> None:
    report = json.loads(feeds("publish", "--json")[1])
    assert (report["outcome"], report["now"], report["entries"]) == ("published", "2026-11-22T00:00:00Z", 1)
    assert [feed["slug"] for feed in report["feeds"]] == ["all", "c-plus-plus", "energy"]
    assert len(report["written"]) == 14


def test_what_was_mended_is_counted_and_told_on_request(site: Path, feeds: Feeds) -> None:
    (site / "seeds" / "odd.md").write_text(GOOD.replace("Tidal", "Ti\x07dal").replace("/tidal", "/odd"))
    assert feeds("publish")[1].endswith("  mended    1 small fault; 'feeds check' tells them\n")
    told = "mended: seeds/odd.md: expected text without control characters, found 1, now removed\n"
    assert feeds("publish", "-v")[2] == told
    assert feeds("check")[2] == told


@pytest.mark.usefixtures("site")
def test_a_missing_source_is_wrong_usage(feeds: Feeds) -> None:
    assert feeds("publish", "--source", "nowhere") == (
        2,
        "",
        (
            "feeds: nowhere: no such folder of articles. "
            "Name one with --source, or in the config's 'sources'.\n"
        ),
    )


def test_a_wrong_config_line_is_named(site: Path, feeds: Feeds) -> None:
    (site / "config").mkdir()
    (site / "config" / "feeds.yaml").write_text("site:\n  title: Tides\n\nlimits: 20\nlimit: many\n")
    status, _, err = feeds("publish")
    assert status == 2
    assert "feeds: config/feeds.yaml:4: limits: no such key\n" in err
    assert "feeds: config/feeds.yaml:5: limit: " in err


@pytest.mark.usefixtures("site")
def test_a_config_that_is_named_must_be_there(feeds: Feeds) -> None:
    status, _, err = feeds("publish", "--config", "other.yaml")
    assert (status, err) == (2, "feeds: other.yaml: no such config file. 'feeds init' writes one.\n")


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("arguments", [(), ("publsh",), ("publish", "--strikt"), ("explain",)])
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert stopped.value.code == 2
    assert "usage: feeds" in capsys.readouterr().err


@pytest.mark.usefixtures("site")
def test_a_clock_that_is_none_is_wrong_usage(feeds: Feeds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    status, _, err = feeds("publish")
    assert (status, err) == (
        2,
        "feeds: SOURCE_DATE_EPOCH: expected seconds since 1970, found 'yesterday'\n",
    )


def test_options_override_the_config(site: Path, feeds: Feeds) -> None:
    (site / "config").mkdir()
    (site / "config" / "feeds.yaml").write_text("sources: [nowhere]\noutput: elsewhere\n")
    assert feeds("publish", "--source", "seeds", "--output", "there")[0] == 0
    assert (site / "there" / "feeds.opml").is_file()


def test_check_validates_what_is_held_back_too(site: Path, feeds: Feeds) -> None:
    assert feeds("check") == (0, "Checked 1 article: all of them good.\n", "")
    (site / "seeds" / "draft.md").write_text("---\npublished: false\nquality: [1]\ntitle: x\n---\n")
    (site / "seeds" / "README.md").write_text("no front matter")
    status, out, err = feeds("check")
    assert status == 1
    assert err.startswith("rejected: seeds/draft.md: expected a date (publishedDateTime)")
    assert out == "Checked 2 articles: 1 rejected.\n1 file without front matter ignored.\n"


def test_plan_shows_what_would_change_and_then_nothing(site: Path, feeds: Feeds) -> None:
    assert feeds("plan")[1] == (
        "all/  All topics\n"
        "  + Tidal power pays\n"
        "c-plus-plus/  C++\n"
        "  + Tidal power pays\n"
        "energy/  Energy\n"
        "  + Tidal power pays\n"
        "The next publish writes 14 files below output/, removes 0 and leaves 0.\n"
    )
    feeds("publish")
    assert feeds("plan")[1] == "Nothing would change: all 14 files below output/ stand.\n"
    path = site / "seeds" / "tidal.md"
    path.write_text(GOOD.replace("pays", "pays off").replace(", C++", ""))
    assert feeds("plan")[1] == (
        "all/  All topics\n"
        "  ~ Tidal power pays off\n"
        "energy/  Energy\n"
        "  ~ Tidal power pays off\n"
        "c-plus-plus/  C++  (its topic is gone)\n"
        "  - Tidal power pays\n"
        "The next publish writes 14 files below output/, removes 0 and leaves 0.\n"
    )


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "name", ["seeds/tidal.md", "./seeds/tidal.md", "tag:127.0.0.1,2026:tidal", "https://example.com/tidal"]
)
def test_explain_finds_an_article_by_path_id_and_link(feeds: Feeds, name: str) -> None:
    status, out, _ = feeds("explain", name)
    assert status == 0
    assert out == (
        "seeds/tidal.md\n"
        "  title      Tidal power pays\n"
        "  id         tag:127.0.0.1,2026:tidal\n"
        "  link       https://example.com/tidal\n"
        "  published  2026-11-01 10:00 UTC\n"
        "  topics     Energy, C++\n"
        "  in         all/, number 1\n"
        "  in         c-plus-plus/, number 1\n"
        "  in         energy/, number 1\n"
    )


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("published", [False, True])
def test_explain_finds_an_article_below_the_working_folder_itself(feeds: Feeds, published: bool) -> None:  # noqa: FBT001
    if published:
        feeds("publish", "--source", ".")
    status, out, _ = feeds("explain", "--source", ".", "seeds/tidal.md")
    assert status == 0
    assert out.startswith("seeds/tidal.md\n  title      Tidal power pays\n")


def test_explain_gives_the_rule_and_the_reason(site: Path, feeds: Feeds) -> None:
    (site / "seeds" / "weak.md").write_text(GOOD.replace("80", "12").replace("/tidal", "/weak"))
    status, out, _ = feeds("explain", "seeds/weak.md")
    assert status == 0
    assert (
        "  not in     energy/: min_quality: asks quality of at least 50, where it is given, has 12\n" in out
    )


def test_explain_knows_twins_drafts_and_rejects(site: Path, feeds: Feeds) -> None:
    (site / "seeds" / "twin.md").write_text(GOOD.replace("T10", "T12"))
    (site / "seeds" / "draft.md").write_text(GOOD.replace("published: true", "draft: true"))
    (site / "seeds" / "bad.md").write_text(GOOD.replace("2026-11-01", "2026-11-31"))
    assert "seeds/tidal.md has the same link" in feeds("explain", "seeds/twin.md")[1]
    assert "held back by its own front matter" in feeds("explain", "seeds/draft.md")[1]
    assert "publishedDateTime: expected a date such as" in feeds("explain", "seeds/bad.md")[2]


def test_explain_says_where_a_broken_article_still_stands(site: Path, feeds: Feeds) -> None:
    feeds("publish")
    (site / "seeds" / "tidal.md").write_text("---\ntitle: [\n---\n")
    status, out, err = feeds("explain", "seeds/tidal.md")
    assert status == 0
    assert err.startswith("rejected: seeds/tidal.md:3:")
    assert out == (
        "seeds/tidal.md: stays as last published, in all/, c-plus-plus/, energy/, "
        "until the file is good again\n"
    )


@pytest.mark.usefixtures("site")
def test_explain_does_not_know_what_is_not_there(feeds: Feeds) -> None:
    status, out, err = feeds("explain", "seeds/none.md")
    assert (status, out) == (1, "")
    assert err == "seeds/none.md: no article has this path, id or link below the sources.\n"


@pytest.mark.parametrize("generator", ["jekyll", "hugo", "eleventy"])
def test_init_writes_a_config_that_publishes(
    site: Path, feeds: Feeds, generator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site)
    (site / "blog").symlink_to(ROOT / "tests" / "sites" / generator)
    status, out, _ = feeds("init", "blog")
    assert status == 0
    assert f"for this {generator.capitalize()} site" in out
    assert feeds("publish")[0] == 0
    assert "0 entries" not in feeds("publish")[1]
    status, _, err = feeds("init", "blog")
    assert (status, err) == (
        2,
        "feeds: config/feeds.yaml: there is a config already. Edit it, or name another with --config.\n",
    )


def test_init_looks_at_a_plain_folder(site: Path, feeds: Feeds) -> None:
    assert feeds("init", "seeds")[0] == 0
    text = (site / "config" / "feeds.yaml").read_text()
    assert "# Found here: C++ (1), Energy (1)." in text
    assert feeds("publish")[0] == 0


def _run(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "feeds", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SOURCE_DATE_EPOCH": EPOCH, "PYTHONPATH": str(ROOT), "NO_COLOR": ""},
    )


def test_python_m_feeds_is_feeds(site: Path) -> None:
    run = _run("publish", cwd=site)
    assert (run.returncode, run.stderr) == (0, "")
    assert "\x1b" not in run.stdout


def test_a_pipe_that_closes_early_is_no_error(site: Path) -> None:
    shell = f"{sys.executable} -m feeds publish --json | head -c 10"
    run = subprocess.run(["bash", "-o", "pipefail", "-c", shell], cwd=site, capture_output=True, check=False)
    assert (run.stdout, run.stderr) == (b'{\n  "outco', b"")


def test_help_teaches(site: Path) -> None:
    for command in ("publish", "plan", "check", "explain", "init"):
        shown = _run(command, "--help", cwd=site)
        assert shown.returncode == 0
        assert "--config FILE" in shown.stdout
    shown = _run("--help", cwd=site)
    assert "exit status" in shown.stdout
    assert _run("--version", cwd=site).stdout.startswith("Feedwright ")
