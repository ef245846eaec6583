"""The two ways to wait for an answer."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import httpx2

from ._calls import Call, Operation, Tagged
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


def _answer(server: Server, call: Call, outcome: httpx2.Response | httpx2.HTTPError) -> Any:
    if isinstance(outcome, httpx2.HTTPError):
        raise _unreachable(server, outcome) from outcome
    if not outcome.is_success:
        raise _error(outcome)
    answer = outcome.json() if outcome.content else None
    return Tagged(answer, outcome.headers.get("etag", "")) if call.tagged else answer


def _error(response: httpx2.Response) -> RollerbladeError:
    try:
        body = response.json()
    except ValueError:
        body = None
    return error_of(response.status_code, body, response.text[:500])


def _unreachable(server: Server, error: httpx2.HTTPError) -> UnavailableError:
    return UnavailableError(f"No server answers at {server.url}: {type(error).__name__}.", subject=server.url)


# The connection broke before the answer came. Where nobody listens the transport has tried again already.
_broken = (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)


def _wait_s(outcome: httpx2.Response | httpx2.HTTPError, attempt: int) -> float | None:
    """Return for how long to wait before the same call is made again, or None where its outcome stands."""
    if attempt >= _repetitions:
        return None
    if isinstance(outcome, httpx2.HTTPError):
        return 0.2 * 2**attempt if isinstance(outcome, _broken) else None
    asked = outcome.headers.get("retry-after", "")
    # A change that an earlier delivery is still making is a conflict for a moment.
    if outcome.status_code in (429, 503) or (outcome.status_code == 409 and asked):
        return min(float(asked), _longest_wait_s) if asked.isdecimal() else 0.2 * 2**attempt
    return None


def _request(call: Call) -> dict[str, Any]:
    sent = {"idempotency-key": call.key, "if-match": call.if_match}
    headers = {name: value for name, value in sent.items() if value is not None}
    query = dict(call.query) or None
    return {"method": call.method, "url": call.path, "params": query, "json": call.body, "headers": headers}


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
        for attempt in itertools.count():
            outcome: httpx2.Response | httpx2.HTTPError
            try:
                outcome = self._api.request(**_request(call))
            except httpx2.HTTPError as error:
                outcome = error
            wait = _wait_s(outcome, attempt)
            if wait is None:
                break
            time.sleep(wait)
        return _answer(self.server, call, outcome)

    @contextmanager
    def lines(self, call: Call) -> Iterator[Iterator[str]]:
        """Open a stream of text and give its lines as they come."""
        with self._opened(self._api, **_request(call)) as response:
            yield response.iter_lines()

    @contextmanager
    def download(self, url: str) -> Iterator[Iterator[bytes]]:
        """Open a link and give its bytes in parts."""
        with self._opened(self._links, method="GET", url=url) as response:
            yield response.iter_bytes()

    @contextmanager
    def _opened(self, client: httpx2.Client, **request: Any) -> Iterator[httpx2.Response]:
        try:
            with client.stream(**request) as response:
                if not response.is_success:
                    response.read()
                    raise _error(response)
                yield response
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
        for attempt in itertools.count():
            outcome: httpx2.Response | httpx2.HTTPError
            try:
                outcome = await self._api.request(**_request(call))
            except httpx2.HTTPError as error:
                outcome = error
            wait = _wait_s(outcome, attempt)
            if wait is None:
                break
            await asyncio.sleep(wait)
        return _answer(self.server, call, outcome)

    @asynccontextmanager
    async def lines(self, call: Call) -> AsyncIterator[AsyncIterator[str]]:
        """Open a stream of text and give its lines as they come."""
        async with self._opened(self._api, **_request(call)) as response:
            yield response.aiter_lines()

    @asynccontextmanager
    async def download(self, url: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open a link and give its bytes in parts."""
        async with self._opened(self._links, method="GET", url=url) as response:
            yield response.aiter_bytes()

    @asynccontextmanager
    async def _opened(self, client: httpx2.AsyncClient, **request: Any) -> AsyncIterator[httpx2.Response]:
        try:
            async with client.stream(**request) as response:
                if not response.is_success:
                    await response.aread()
                    raise _error(response)
                yield response
        except httpx2.HTTPError as error:
            raise _unreachable(self.server, error) from error

    async def aclose(self) -> None:
        """Close all connections."""
        await self._api.aclose()
        await self._links.aclose()
