"""The responder as an ASGI application (asgi.readthedocs.io/en/latest/specs/www.html)."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from feeds.web import answers
from feeds.web.answers import Answer, Response
from feeds.web.encoding import choose
from feeds.web.responder import Access, Responder
from feeds.web.targets import path_of

Scope = MutableMapping[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
log = structlog.get_logger()


class App:
    """Answers from memory at once, and from a thread where something has to be read or compressed.

    Who asks for what is being prepared already waits for that, so that each version is prepared once.
    """

    def __init__(self, responder: Responder) -> None:
        self.responder = responder
        self._preparing: dict[tuple[str | None, str], asyncio.Future[Answer]] = {}

    async def __call__(self, scope: Scope, _receive: object, send: Send) -> None:
        """Answer one request; its body, if it has one, is nobody's business."""
        if scope["type"] != "http":
            raise NotImplementedError(f"ASGI {scope['type']}")
        method = scope["method"].encode()
        target = scope.get("raw_path") or scope["path"].encode()
        response = await self._response(method, target, scope["headers"])
        self.responder.count(response)
        await send(
            {"type": "http.response.start", "status": response.status, "headers": list(response.headers)}
        )
        await send({"type": "http.response.body", "body": response.body})
        if self.responder.access is not None:
            client = (scope.get("client") or ("",))[0]
            self.responder.access(
                Access(
                    client,
                    scope["method"],
                    target.decode("latin-1"),
                    int(response.status),
                    len(response.body),
                )
            )

    async def _response(self, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]]) -> Response:
        response = self.responder.at_once(method, target, headers)
        if response is not None:
            return response
        accept, asked = answers.selected(headers)
        return (await self._prepared(target, accept)).to(method, asked)

    async def _prepared(self, target: bytes, accept: bytes) -> Answer:
        key = (path_of(target), choose(accept))
        future = self._preparing.get(key)
        if future is None:
            loop = asyncio.get_running_loop()
            future = loop.run_in_executor(None, self.responder.prepare, target, accept)
            self._preparing[key] = future
            future.add_done_callback(lambda _: self._preparing.pop(key, None))
        # Shielded: who leaves must not take the answer from those who stay.
        return await asyncio.shield(future)
