"""Health as monitors ask for it: over HTTP, by status and by Prometheus' own parser."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from feeds.config import Config
from feeds.publishing.publish import publish
from feeds.publishing.report import HeldBack, Ping, Report
from feeds.service import health
from feeds.service.health import Health
from feeds.web.server import Server

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def state() -> Health:
    return Health()


@pytest.fixture
def url(state: Health) -> Iterator[str]:
    server = Server(health.app(state), "127.0.0.1", 0)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def report(tmp_path: Path) -> Report:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "bad.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    return publish(
        Config(sources=(tmp_path / "articles",), output=tmp_path / "out", state=tmp_path / "state"), NOW
    )


def samples(url: str) -> dict[str, float]:
    families = prometheus(httpx.get(url + "metrics").text)
    return {
        sample.name + "".join(f" {value}" for _, value in sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def test_before_the_first_run_all_is_well_but_nothing_ready(url: str) -> None:
    assert httpx.get(url + "healthz").json() == {
        "status": "ok",
        "ready": False,
        "last_success": None,
        "runs": {},
    }
    assert httpx.get(url + "readyz").status_code == 503


def test_a_run_that_succeeds_makes_ready_and_one_that_fails_makes_red(
    url: str, state: Health, report: Report
) -> None:
    state.started(NOW)
    state.succeeded(report, 0.5, NOW)
    assert httpx.get(url + "readyz").json() == {"ready": True}
    told = httpx.get(url + "healthz")
    assert (told.status_code, told.headers["content-type"]) == (200, "application/json")
    assert told.json() == {
        "status": "ok",
        "ready": True,
        "last_success": "2026-11-22T00:00:00Z",
        "runs": {"published": 1},
        "entries": 0,
        "rejected": 1,
    }
    for hours in (1, 2):
        state.failed("no such folder", 0.1, NOW + timedelta(hours=hours))
    told = httpx.get(url + "healthz")
    assert told.status_code == 503
    assert (told.json()["cause"], told.json()["since"]) == ("no such folder", "2026-11-22T01:00:00Z")
    assert httpx.get(url + "readyz").status_code == 200  # what stands is served
    state.succeeded(report, 0.5, NOW)
    assert httpx.get(url + "healthz").status_code == 200


def test_a_feed_that_was_held_back_is_red_until_it_comes_out(url: str, state: Health, report: Report) -> None:
    held = HeldBack("ai", "rss.xml", "each id once", "one twice", stands=True)
    state.succeeded(replace(report, held_back=(held,)), 0.5, NOW)
    told = httpx.get(url + "healthz")
    assert told.status_code == 503
    assert told.json()["cause"] == (
        "held back: ai/rss.xml: expected each id once, found one twice; it stays as it was"
    )
    state.succeeded(report, 0.5, NOW)
    assert httpx.get(url + "healthz").status_code == 200


def test_a_run_that_never_ends_and_a_server_that_did_are_trouble(url: str, state: Health) -> None:
    state.started(datetime.now(UTC) - timedelta(hours=2))
    assert "a run has been at work since" in httpx.get(url + "healthz").json()["cause"]
    state.serves = lambda: False
    assert "the server for readers ended" in httpx.get(url + "healthz").json()["cause"]


def test_metrics_are_what_prometheus_reads(url: str, state: Health, report: Report) -> None:
    state.traffic = {("ai", "rss.xml", 200): 3, ("ai", "rss.xml", 304): 6, ("", "", 404): 1}
    state.succeeded(report, 0.5, datetime.now(UTC) - timedelta(minutes=1))
    state.failed("why", 0.25, NOW)
    told = Ping(url="https://example.com/", ok=True, outcome="204", tries=1)
    pings = (told, replace(told, ok=False))
    state.announced(replace(report, pings=pings))
    found = samples(url)
    assert found["feeds_http_requests_total ai rss.xml 304"] == 6
    assert found["feeds_http_not_modified_ratio"] == 0.6
    assert found["feeds_runs_total published"] == found["feeds_runs_total failed"] == 1
    assert found["feeds_run_duration_seconds_sum"] == 0.75
    assert found["feeds_articles rejected"] == 1
    assert found["feeds_pings_total ok"] == found["feeds_pings_total failed"] == 1
    assert found["feeds_healthy"] == 0
    assert 60 <= found["feeds_last_success_age_seconds"] < 120
    assert found["process_resident_memory_bytes"] > 0


def test_metrics_can_be_had_as_openmetrics(url: str) -> None:
    accept = {"accept": "application/openmetrics-text; version=1.0.0"}
    text = httpx.get(url + "metrics", headers=accept).text
    assert {"feeds_runs", "feeds_http_requests"} <= {family.name for family in openmetrics(text)}  # type: ignore[no-untyped-call]


def test_a_server_alone_tells_of_requests_and_not_of_runs(url: str, state: Health) -> None:
    state.publishes, state.ready = False, True
    assert httpx.get(url + "healthz").json() == {"status": "ok", "ready": True}
    assert "feeds_runs_total published" not in samples(url)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("HEAD", "healthz", 200), ("POST", "healthz", 405), ("GET", "", 404), ("GET", "healthz/x", 404)],
)
def test_nothing_else_is_there(url: str, method: str, path: str, status: int) -> None:
    answer = httpx.request(method, url + path)
    assert answer.status_code == status
    assert answer.headers.get("allow") == ("GET, HEAD" if status == 405 else None)
    assert bool(answer.content) is (method != "HEAD")
