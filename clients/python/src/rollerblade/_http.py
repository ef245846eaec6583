"""The two ways to wait for an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import httpx2

from ._calls import Call, Operation
from ._server import Server
from .errors import RollerbladeError, UnavailableError, error_of

T = TypeVar("T")

_timeout = httpx2.Timeout(60.0, connect=10.0)
_connect_retries = 2
_repetitions = 3
_longest_wait_s = 30.0

# The status of a link whose time is over, at the gateway as at S3. Links live for minutes: rights are asked for each.
link_expired = 403


def _headers(server: Server) -> dict[str, str]:
    token = {} if server.token is None else {"authorization": f"Bearer {server.token}"}
    return {"accept": "application/json", "user-agent": "rollerblade-python", **token}


def _answer(response: httpx2.Response) -> Any:
    if response.is_success:
        return response.json() if response.content else None
    raise _error(response)


def _error(response: httpx2.Response) -> RollerbladeError:
    try:
        body = response.json()
    except ValueError:
        body = None
    return error_of(response.status_code, body, response.text[:500])


def _unreachable(server: Server, error: httpx2.HTTPError) -> UnavailableError:
    return UnavailableError(f"No server answers at {server.url}: {type(error).__name__}.", subject=server.url)


def _wait_s(call: Call, response: httpx2.Response, attempt: int) -> float | None:
    """Return for how long to wait before the same call is made again, or None where it must not be."""
    if response.status_code not in (429, 503) or not call.repeatable or attempt >= _repetitions:
        return None
    asked = response.headers.get("retry-after", "")
    return min(float(asked), _longest_wait_s) if asked.isdecimal() else 0.2 * 2**attempt


def _request(call: Call) -> dict[str, Any]:
    return {"method": call.method, "url": call.path, "params": dict(call.query) or None, "json": call.body}


class Http:
    """Runs operations, one request after the other."""

    def __init__(self, server: Server, transport: httpx2.BaseTransport | None = None) -> None:
        self.server = server
        transport = transport or httpx2.HTTPTransport(retries=_connect_retries)
        self._api = httpx2.Client(base_url=server.url, headers=_headers(server), timeout=_timeout, transport=transport)
        # Links are signed: they work without a token, and may lead to a store that must not see one.
        self._links = httpx2.Client(timeout=_timeout, transport=transport, follow_redirects=True)

    def run(self, operation: Operation[T]) -> T:
        """Answer the calls of an operation until it returns."""
        try:
            call = next(operation)
            while True:
                call = operation.send(self.send(call))
        except StopIteration as done:
            result: T = done.value
            return result

    def send(self, call: Call) -> Any:
        """Make one call and return the JSON of its answer."""
        for attempt in range(_repetitions + 1):
            try:
                response = self._api.request(**_request(call))
            except httpx2.HTTPError as error:
                raise _unreachable(self.server, error) from error
            wait = _wait_s(call, response, attempt)
            if wait is None:
                break
            time.sleep(wait)
        return _answer(response)

    @contextmanager
    def download(self, url: str) -> Iterator[Iterator[bytes]]:
        """Open a link and give its bytes in parts."""
        try:
            with self._links.stream("GET", url) as response:
                if not response.is_success:
                    response.read()
                    raise _error(response)
                yield response.iter_bytes()
        except httpx2.HTTPError as error:
            raise _unreachable(self.server, error) from error

    def close(self) -> None:
        """Close all connections."""
        self._api.close()
        self._links.close()


class AsyncHttp:
    """Runs operations for asyncio, one request after the other."""

    def __init__(self, server: Server, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self.server = server
        transport = transport or httpx2.AsyncHTTPTransport(retries=_connect_retries)
        self._api = httpx2.AsyncClient(
            base_url=server.url, headers=_headers(server), timeout=_timeout, transport=transport
        )
        self._links = httpx2.AsyncClient(timeout=_timeout, transport=transport, follow_redirects=True)

    async def run(self, operation: Operation[T]) -> T:
        """Answer the calls of an operation until it returns."""
        try:
            call = next(operation)
            while True:
                call = operation.send(await self.send(call))
        except StopIteration as done:
            result: T = done.value
            return result

    async def send(self, call: Call) -> Any:
        """Make one call and return the JSON of its answer."""
        for attempt in range(_repetitions + 1):
            try:
                response = await self._api.request(**_request(call))
            except httpx2.HTTPError as error:
                raise _unreachable(self.server, error) from error
            wait = _wait_s(call, response, attempt)
            if wait is None:
                break
            await asyncio.sleep(wait)
        return _answer(response)

    @asynccontextmanager
    async def download(self, url: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open a link and give its bytes in parts."""
        try:
            async with self._links.stream("GET", url) as response:
                if not response.is_success:
                    await response.aread()
                    raise _error(response)
                yield response.aiter_bytes()
        except httpx2.HTTPError as error:
            raise _unreachable(self.server, error) from error

    async def aclose(self) -> None:
        """Close all connections."""
        await self._api.aclose()
        await self._links.aclose()
