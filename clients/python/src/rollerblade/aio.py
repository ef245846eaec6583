"""The client for asyncio: the same names as the blocking one, to be awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar

from . import _operations as operations
from . import models
from ._calls import PageSource
from ._download import PartialFile, content_of, has_content, target_in
from ._events import Event, events_call, watch_async
from ._frames import frame_of
from ._http import AsyncHttp, link_expired
from ._queries import Level, SavedQuery, expression_of, is_field
from ._server import find_server
from ._state import Question, RunState, expression_for_run, poll_delays, run_topics
from .errors import InvalidError, RollerbladeError
from .layout import Layout

T = TypeVar("T")


class AsyncListing(Generic[T]):
    """A list on the server, read page by page by ``async for``."""

    def __init__(self, http: AsyncHttp, source: PageSource[T], limit: int | None = None) -> None:
        self._http = http
        self._source = source
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[T]:
        """Ask for one page after the other."""
        left = self._limit
        after: str | None = None
        while left is None or left > 0:
            items, after = await self._http.run(self._source.page(after))
            for item in items if left is None else items[:left]:
                yield item
            left = None if left is None else left - len(items)
            if after is None:
                return

    async def all(self) -> list[T]:
        """Return all items."""
        return [item async for item in self]

    async def records(self) -> list[dict[str, Any]]:
        """Return one dictionary an item."""
        return [self._source.row(item) async for item in self]

    async def to_df(self) -> Any:
        """Return a pandas data frame with one row an item."""
        return frame_of(await self.records())


class AsyncQuery(Question):
    """Slices of BIDS datasets for which an expression is true."""

    def __init__(self, http: AsyncHttp, expression: str, level: Level | None, datasets: Iterable[str] | None) -> None:
        super().__init__(expression, level, datasets)
        self._http = http

    async def count(self) -> int:
        """Return the number of slices."""
        return await self._http.run(operations.query_count(self._body))

    def slices(self, limit: int | None = None) -> AsyncListing[models.SliceFacts]:
        """Return the slices, each with all that is known of its scans."""
        return AsyncListing(self._http, operations.query_slices(self._body, None, limit), limit)

    async def to_df(self, columns: Iterable[str] | None = None, limit: int | None = None) -> Any:
        """Return a data frame with one row a slice."""
        names = None if columns is None else list(columns)
        if names is not None and not all(is_field(name) for name in names):
            values = AsyncListing(self._http, operations.query_values(self._body, names, limit), limit)
            return frame_of(await values.records(), names)
        listing = AsyncListing(self._http, operations.query_slices(self._body, names, limit), limit)
        return frame_of(await listing.records(), names)

    def files(self, derivatives: bool = False) -> AsyncListing[models.DownloadFile]:
        """Return the files of a valid BIDS dataset with these slices."""
        return AsyncListing(self._http, operations.query_files(self._body, derivatives))

    async def download(self, folder: str | Path, derivatives: bool = False, at_once: int = 8) -> Path:
        """Write :meth:`files` below ``folder/<dataset>``, several at once."""
        root = Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        slots = asyncio.Semaphore(at_once)

        async def fetch(file: models.DownloadFile) -> None:
            async with slots:
                await _fetch(self._http, file, target_in(root, f"{file.dataset}/{file.path}"))

        async with asyncio.TaskGroup() as group:
            async for file in self.files(derivatives):
                group.create_task(fetch(file))
        return root

    async def save(self, name: str, description: str = "", *, if_match: str | None = None) -> SavedQuery:
        """Save the query as ``name``.

        :param if_match: the ``etag`` that it had when it was read; where somebody has changed it since, nothing is
            saved and :class:`PreconditionFailedError` is raised. Without it, it is saved whatever is there.
        """
        if self.datasets is not None:
            raise InvalidError("A saved query has no list of datasets.", next="Write dataset.name in its expression.")
        return await self._http.run(
            operations.save_query(name, self.expression, self.level or "scan", description, if_match)
        )

    async def layout(self) -> Layout:
        """Return all files of these slices in the shape of a PyBIDS layout."""
        scans = AsyncQuery(self._http, self.expression, "scan", self.datasets)
        return Layout(await scans.slices().all())


class AsyncRun(RunState):
    """An analysis over the slices of a query."""

    def __init__(self, http: AsyncHttp, status: models.RunStatus) -> None:
        self._http = http
        self.status = status

    async def refresh(self) -> AsyncRun:
        """Look at the run again."""
        self.status = await self._http.run(operations.run_status(self.id))
        return self

    async def wait(self) -> AsyncRun:
        """Wait until the run is finished; bound it with `asyncio.timeout`."""
        delays = poll_delays()
        while not (await self.refresh()).finished:
            await asyncio.sleep(next(delays))
        return self

    async def follow(self) -> AsyncIterator[models.RunStatus]:
        """Give the status now and after each change until the run is finished, as the server reports it."""
        last: models.RunStatus | None = None
        async for event in watch_async(self._http, events_call(run_topics, None, None)):
            if not self._is_news(event):
                continue
            status = (await self.refresh()).status
            if status != last:
                yield status
            if self.finished:
                return
            last = status

    def failures(self) -> AsyncListing[models.TaskStatus]:
        """Return the slices that failed, with the reasons."""
        return AsyncListing(self._http, operations.tasks(self.id, "failed"))

    async def cancel(self) -> AsyncRun:
        """End what is not finished."""
        self.status = await self._http.run(operations.change_run(self.id, "cancel"))
        return self


class AsyncRollerblade:
    """A server, and who one is there. Made by :func:`connect_async`; use it in ``async with``."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def me(self) -> models.MeOutput:
        """Return who the token belongs to."""
        return await self._http.run(operations.me())

    def datasets(self) -> AsyncListing[models.DatasetSummary]:
        """Return the datasets that one may read."""
        return AsyncListing(self._http, operations.datasets())

    async def saved_query(self, name: str) -> SavedQuery:
        """Return a saved query as it is now, with its ``etag``."""
        return await self._http.run(operations.saved_query(name))

    def query(
        self,
        expression: str = "",
        *,
        level: Level | None = None,
        datasets: Iterable[str] | None = None,
        **conditions: Any,
    ) -> AsyncQuery:
        """Return what an expression, a saved query or a pin finds."""
        return AsyncQuery(self._http, expression_of(expression, conditions), level, datasets)

    async def run(
        self,
        analysis: str,
        query: str | AsyncQuery = "",
        *,
        version: str = "*",
        parameters: Mapping[str, Any] | None = None,
        priority: str = "interactive",
    ) -> AsyncRun:
        """Run an analysis over every slice of a query."""
        expression = expression_for_run(query)
        start = operations.start_run(analysis, expression, version, parameters or {}, priority)
        return AsyncRun(self._http, await self._http.run(start))

    def results(self, dataset: str | None = None, *, tag: str | None = None) -> AsyncListing[models.Result]:
        """Return what the tags of pipelines show of the final outputs."""
        return AsyncListing(self._http, operations.results(dataset=dataset, tag=tag))

    async def events(
        self, topics: str | list[str] | None = None, *, dataset: str | None = None, after: int | None = None
    ) -> AsyncIterator[Event]:
        """Give what happens, as long as it is iterated; a lost connection goes on behind the last event."""
        async for event in watch_async(self._http, events_call(topics, dataset, after)):
            if event is not None:
                yield event

    def derivatives(
        self, dataset: str | None = None, *, analysis: str | None = None
    ) -> AsyncListing[models.DerivativeSummary]:
        """Return outputs of analyses that are in force."""
        return AsyncListing(self._http, operations.derivatives(dataset=dataset, analysis=analysis))

    async def download(self, dataset: str, path: str, to: str | Path) -> Path:
        """Download one file, raw or derived, below a folder."""
        file = await self._http.run(operations.link(dataset, path))
        target = target_in(Path(to), path)
        await _fetch(self._http, file, target)
        return target

    async def __aenter__(self) -> AsyncRollerblade:
        """Return the client itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        await self._http.aclose()


def connect_async(url: str | None = None, token: str | None = None, *, profile: str | None = None) -> AsyncRollerblade:
    """Return a client for asyncio of the server that :func:`rollerblade.connect` finds."""
    return AsyncRollerblade(AsyncHttp(find_server(url, token, profile)))


async def _fetch(http: AsyncHttp, file: models.DownloadFile, target: Path) -> None:
    if await asyncio.to_thread(has_content, target, file.sha256):
        return
    if file.content is not None:
        with PartialFile(target, file.sha256) as partial:
            partial.write(content_of(file.content, file.encoding))
        return
    try:
        await _fetch_link(http, file, target)
    except RollerbladeError as error:
        if error.status != link_expired:
            raise
        await _fetch_link(http, await http.run(operations.link(file.dataset, file.path)), target)


async def _fetch_link(http: AsyncHttp, file: models.DownloadFile, target: Path) -> None:
    if file.url is None:
        raise RollerbladeError(f"The server gives neither content nor link of {file.path}.", subject=file.path)
    with PartialFile(target, file.sha256) as partial:
        async with http.download(file.url) as parts:
            async for part in parts:
                await asyncio.to_thread(partial.write, part)
