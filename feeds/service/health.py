"""How the service is, for who runs it: /healthz, /readyz and /metrics, apart from what readers see."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from feeds.publishing.report import Report

TOO_LONG = timedelta(hours=1)  # for one run: a million articles took six minutes from nothing
Traffic = Mapping[tuple[str, str, int], int]  # feed, format, status → requests
Scope = MutableMapping[str, Any]


@dataclass
class Health:
    """What became of the runs; written by the daemon's thread, read by that of the server."""

    traffic: Traffic = field(default_factory=dict)
    serves: Callable[[], bool] = lambda: True  # whether readers are answered, where they should be
    publishes: bool = True  # False: only serves
    ready: bool = False  # feeds stand, and whoever asks is answered
    runs: Counter[str] = field(default_factory=Counter)  # by outcome
    pings: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0  # of all runs together
    last: Report | None = None  # the last run that published
    succeeded_at: datetime | None = None
    failing: str = ""  # why the last run failed
    failing_since: datetime | None = None
    running_since: datetime | None = None

    def started(self, now: datetime) -> None:
        """A run began."""
        self.running_since = now

    def succeeded(self, report: Report | None, seconds: float, now: datetime) -> None:
        """A run published, or found that nothing changed."""
        self._ended("published", seconds)
        self.last = report or self.last
        self.succeeded_at, self.failing, self.failing_since = now, "", None
        self.ready = True

    def announced(self, report: Report) -> None:
        """The hub answered, or did not."""
        self.pings.update("ok" if ping.ok else "failed" for ping in report.pings)

    def failed(self, cause: str, seconds: float, now: datetime) -> None:
        """A run came to nothing."""
        self._ended("failed", seconds)
        self.failing, self.failing_since = cause, self.failing_since or now

    def _ended(self, outcome: str, seconds: float) -> None:
        self.runs[outcome] += 1
        self.seconds += seconds
        self.running_since = None

    def trouble(self, now: datetime) -> str:
        """Why a person should look; empty while all is well."""
        if not self.serves():
            return "the server for readers ended; the log says why"
        if self.failing:
            return self.failing
        if self.last is not None and self.last.held_back:
            return f"held back: {self.last.held_back[0]}"
        if self.running_since is not None and now - self.running_since > TOO_LONG:
            return f"a run has been at work since {_text(self.running_since)}"
        return ""

    def as_json(self, now: datetime) -> Mapping[str, object]:
        """What /healthz says."""
        trouble = self.trouble(now)
        told: dict[str, object] = {"status": "failing" if trouble else "ok", "ready": self.ready}
        if trouble:
            told |= {
                "cause": trouble,
                "since": _text(self.failing_since or self.running_since or self.succeeded_at),
            }
        if self.publishes:
            told |= {"last_success": _text(self.succeeded_at), "runs": dict(self.runs)}
        if self.last is not None:
            told |= {"entries": self.last.entries, "rejected": len(self.last.rejected)}
        return told


class Metrics(Collector):
    """The state as Prometheus reads it."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterable[Metric]:
        """Every metric of the service."""
        health = self._health
        yield from _of_requests(health.traffic)
        if not health.publishes:
            return
        runs = CounterMetricFamily("feeds_runs", "Runs by outcome", labels=["outcome"])
        for outcome in ("published", "failed"):
            runs.add_metric([outcome], health.runs[outcome])
        yield runs
        yield SummaryMetricFamily(
            "feeds_run_duration_seconds", "Duration of runs", health.runs.total(), health.seconds
        )
        if health.pings:
            pings = CounterMetricFamily("feeds_pings", "Pings of the hub by outcome", labels=["outcome"])
            for outcome, number in sorted(health.pings.items()):
                pings.add_metric([outcome], number)
            yield pings
        now = datetime.now(UTC)
        yield GaugeMetricFamily("feeds_healthy", "1 unless a person should look", not health.trouble(now))
        if health.succeeded_at is not None:
            age = (now - health.succeeded_at).total_seconds()
            yield GaugeMetricFamily(
                "feeds_last_success_age_seconds", "Since the last run that published", age
            )
        if health.last is not None:
            yield from _of_report(health.last)


def _of_report(report: Report) -> Iterable[Metric]:
    yield GaugeMetricFamily("feeds_entries", "Entries that stand in any feed", report.entries)
    yield GaugeMetricFamily("feeds_feeds", "Feeds that stand", len(report.feeds))
    articles = GaugeMetricFamily("feeds_articles", "Article files by what became of them", labels=["state"])
    for state in ("selected", "passed_over", "unpublished", "rejected"):
        articles.add_metric([state], getattr(report.articles, state))
    yield articles


def _of_requests(traffic: Traffic) -> Iterable[Metric]:
    requests = CounterMetricFamily(
        "feeds_http_requests", "Requests of readers", labels=["feed", "format", "status"]
    )
    total = not_modified = 0
    for (feed, form, status), number in sorted(dict(traffic).items()):
        requests.add_metric([feed, form, str(status)], number)
        total += number
        not_modified += number if status == HTTPStatus.NOT_MODIFIED else 0
    yield requests
    yield GaugeMetricFamily(
        "feeds_http_not_modified_ratio",
        "Share of requests that were answered with 304",
        not_modified / total if total else 0.0,
    )


def app(health: Health) -> Callable[..., Awaitable[None]]:
    """The ASGI application that answers /healthz, /readyz and /metrics."""
    registry = CollectorRegistry()
    registry.register(Metrics(health))
    ProcessCollector(registry=registry)

    def answer(path: str, accept: str) -> tuple[HTTPStatus, str, bytes]:
        now = datetime.now(UTC)
        if path == "/healthz":
            return _said(health.as_json(now), well=not health.trouble(now))
        if path == "/readyz":
            return _said({"ready": health.ready}, well=health.ready)
        if path == "/metrics":
            encode, content_type = choose_encoder(accept)
            return HTTPStatus.OK, content_type, encode(registry)
        return HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"/healthz, /readyz or /metrics\n"

    async def respond(scope: Scope, _receive: object, send: Callable[[Scope], Awaitable[None]]) -> None:
        if scope["type"] != "http":
            return
        status, content_type, body = (
            HTTPStatus.METHOD_NOT_ALLOWED,
            "text/plain; charset=utf-8",
            b"GET or HEAD\n",
        )
        if scope["method"] in ("GET", "HEAD"):
            accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
            status, content_type, body = answer(scope["path"], accept)
        headers = [
            (b"content-type", content_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *([(b"allow", b"GET, HEAD")] if status == HTTPStatus.METHOD_NOT_ALLOWED else []),
        ]
        await send({"type": "http.response.start", "status": int(status), "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    return respond


def _said(document: Mapping[str, object], *, well: bool) -> tuple[HTTPStatus, str, bytes]:
    status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
    return status, "application/json", json.dumps(document, ensure_ascii=False).encode() + b"\n"


def _text(moment: datetime | None) -> str | None:
    return (
        None
        if moment is None
        else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    )
