"""The hub hears of each feed that a publish changed (W3C WebSub §6), and no hub fails or holds up a publish.

Imported only when there is something to tell: httpx and asyncio take longer than many a run. One event loop
and no threads, so that the deadline ends whatever hangs.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from feeds.publishing.report import Ping, Report
from feeds.text import folded

# WebSub §5.1.2 has a hub send subscribers elsewhere by these two; the others turn a POST into a GET.
REDIRECTS = (httpx.codes.TEMPORARY_REDIRECT, httpx.codes.PERMANENT_REDIRECT)
MAX_REDIRECTS = 3
Answer = httpx.Response | Exception


@dataclass(frozen=True, slots=True)
class Patience:
    """How much a hub is given; times in seconds."""

    settle: float = 1  # before the first ping: servers may show for a moment what was there before
    tries: int = 3
    timeout: float = 5  # to connect, and between two signs of life
    backoff: float = 1  # before the second try, and twice as long before each further one
    longest_wait: float = 10  # a hub that asks for more (Retry-After) is left alone
    deadline: float = 30  # for all pings together
    at_once: int = 8


PATIENCE = Patience()


def announced(report: Report, hub: str, site_url: str) -> Report:
    """The report of a publish with what became of telling the hub of each feed that it wrote."""
    pings = ping(hub, (site_url + path for path in report.feed_files_written), PATIENCE)
    failed = [one for one in pings if not one.ok]
    if not failed:
        return replace(report, pings=pings)
    # Its host alone: what else is in a hub's address may be nobody's business.
    warning = (
        f"hub {urlsplit(hub).hostname}: {len(failed)} of {len(pings)} changed feeds could not be "
        f"announced: {failed[0].outcome}"
    )
    return replace(report, pings=pings, once=(*report.once, warning))


def ping(hub: str, topics: Iterable[str], patience: Patience) -> tuple[Ping, ...]:
    """Tell the hub of each topic; each is in the answer, in its order, whatever the hub does."""
    return asyncio.run(_ping_all(hub, topics, patience))


async def _ping_all(hub: str, topics: Iterable[str], patience: Patience) -> tuple[Ping, ...]:
    await asyncio.sleep(patience.settle)
    async with httpx.AsyncClient(timeout=patience.timeout) as client:
        told = _Hub(hub, client, patience)
        return tuple(await asyncio.gather(*map(told.ping, topics)))


class _Hub:
    """A hub during the pings of one run."""

    def __init__(self, url: str, client: httpx.AsyncClient, patience: Patience) -> None:
        self._url = url
        self._client = client
        self._patience = patience
        self._until = asyncio.get_running_loop().time() + patience.deadline
        self._places = asyncio.Semaphore(patience.at_once)
        self._unreachable = False

    async def ping(self, topic: str) -> Ping:
        tries = 0
        try:
            async with asyncio.timeout_at(self._until), self._places:
                if self._unreachable:
                    return Ping(topic, ok=False, outcome="not tried, the hub is unreachable", tries=0)
                while True:
                    tries += 1
                    answer = await self._tell(topic)
                    wait = _wait(answer, tries, self._patience)
                    if wait is None:
                        return self._told(topic, answer, tries)
                    await asyncio.sleep(wait)
        except TimeoutError:
            outcome = f"not done within {self._patience.deadline:g} s"
            return Ping(topic, ok=False, outcome=outcome, tries=tries)

    def _told(self, topic: str, answer: Answer, tries: int) -> Ping:
        if isinstance(answer, Exception):
            self._unreachable = True
            return Ping(topic, ok=False, outcome=_words(answer, self._patience), tries=tries)
        reason = httpx.codes.get_reason_phrase(answer.status_code)
        outcome = f"HTTP {answer.status_code} {reason}".strip()
        return Ping(topic, ok=answer.is_success, outcome=outcome, tries=tries)

    async def _tell(self, topic: str) -> Answer:
        """WebSub §6 leaves the form to hubs: most ask for hub.url, some for hub.topic."""
        form = {"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}
        try:
            response = await self._client.post(self._url, data=form)
            for _ in range(MAX_REDIRECTS):
                if response.status_code not in REDIRECTS or response.next_request is None:
                    break
                response = await self._client.send(response.next_request)
        except (httpx.RequestError, UnicodeError) as error:  # the second: a host that is none (IDNA)
            return error
        return response


def _wait(answer: Answer, tries: int, patience: Patience) -> float | None:
    """Seconds until the next try; None when there is none."""
    if tries == patience.tries:
        return None
    backoff: float = patience.backoff * 2 ** (tries - 1)
    if isinstance(answer, Exception):
        return backoff
    if not (answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS):
        return None
    wait = max(backoff, _retry_after(answer))
    return wait if wait <= patience.longest_wait else None


def _retry_after(response: httpx.Response) -> float:
    """Seconds, or a date, which is compared with the hub's own clock (RFC 9110 §10.2.3); 0 if neither."""
    stated = response.headers.get("Retry-After", "")
    if stated.isdecimal():
        return float(stated)
    try:
        then, now = (parsedate_to_datetime(text) for text in (stated, response.headers.get("Date", "")))
        return (then - now).total_seconds()
    except (ValueError, TypeError):  # no date; one with a zone and one without
        return 0


def _words(error: Exception, patience: Patience) -> str:
    """What went wrong, as the system says it, which httpx wraps."""
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {patience.timeout:g} s"
    cause: BaseException = error
    while inner := cause.__cause__ or cause.__context__:
        cause = inner
    return folded(str(cause)) or type(error).__name__
