"""The blocking client."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar
from uuid import UUID

from tqdm.auto import tqdm

from . import _operations as operations
from . import models
from ._calls import PageSource
from ._download import cache_path, content_of, has_content, target_in, write_parts
from ._events import Event, events_call, watch
from ._frames import frame_of
from ._http import Http, link_expired
from ._queries import Level, SavedQuery, expression_of, is_field
from ._server import find_server
from ._state import Question, RunState, expression_for_run, poll_delays, run_topics
from .errors import InvalidError, RollerbladeError
from .layout import Layout

T = TypeVar("T")

# A catalog that takes longer follows later.
_catalog_seconds = 10.0


class Listing(Generic[T]):
    """A list on the server, read page by page while it is iterated.

    >>> for dataset in rb.datasets():  # doctest: +SKIP
    ...     print(dataset.name)
    """

    def __init__(self, http: Http, source: PageSource[T], limit: int | None = None) -> None:
        self._http = http
        self._source = source
        self._limit = limit

    def __iter__(self) -> Iterator[T]:
        """Ask for one page after the other."""
        left = self._limit
        after: str | None = None
        while left is None or left > 0:
            items, after = self._http.run(self._source.page(after))
            yield from items if left is None else items[:left]
            left = None if left is None else left - len(items)
            if after is None:
                return

    def records(self) -> list[dict[str, Any]]:
        """Return one dictionary an item: the rows of :meth:`to_df`."""
        return [self._source.row(item) for item in self]

    def to_df(self) -> Any:
        """Return a pandas data frame with one row an item."""
        return frame_of(self.records())


class Query(Question):
    """Slices of BIDS datasets for which an expression is true. Nothing is asked before something is read from it."""

    def __init__(self, http: Http, expression: str, level: Level | None, datasets: Iterable[str] | None) -> None:
        super().__init__(expression, level, datasets)
        self._http = http

    def count(self) -> int:
        """Return the number of slices."""
        return self._http.run(operations.query_count(self._body))

    def slices(self, limit: int | None = None) -> Listing[models.SliceFacts]:
        """Return the slices, each with all that is known of its scans: entities, merged sidecars, headers, tables."""
        return Listing(self._http, operations.query_slices(self._body, None, limit), limit)

    def __iter__(self) -> Iterator[models.SliceFacts]:
        """Iterate over all slices."""
        return iter(self.slices())

    def to_df(self, columns: Iterable[str] | None = None, limit: int | None = None) -> Any:
        """Return a data frame with one row a slice.

        Args:
            columns: names of the query language, such as ``subject.age``, ``scan.entities.run``,
                ``metadata.RepetitionTime`` or ``image.dims``, or expressions such as ``result("tsnr")``. By default
                what identifies the slice, and its people.
            limit: at most so many rows.
        """
        names = None if columns is None else list(columns)
        if names is not None and not all(is_field(name) for name in names):
            values = Listing(self._http, operations.query_values(self._body, names, limit), limit)
            return frame_of(values.records(), names)
        listing = Listing(self._http, operations.query_slices(self._body, names, limit), limit)
        return frame_of(listing.records(), names)

    def files(self, derivatives: bool = False) -> Listing[models.DownloadFile]:
        """Return the files of a valid BIDS dataset with these slices; tables are cut to the people found."""
        return Listing(self._http, operations.query_files(self._body, derivatives))

    def download(self, folder: str | Path, derivatives: bool = False, progress: bool = True) -> Path:
        """Write :meth:`files` below ``folder/<dataset>``; files that are there already with their content stay."""
        root = Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        with tqdm(unit="B", unit_scale=True, desc="Download", disable=not progress) as bar:
            for file in self.files(derivatives):
                _fetch(self._http, file, target_in(root, f"{file.dataset}/{file.path}"))
                bar.update(file.size)
        return root

    def layout(self) -> Layout:
        """Return all files of these slices in the shape of a PyBIDS layout."""
        return Layout(Query(self._http, self.expression, "scan", self.datasets).slices())

    def save(self, name: str, description: str = "", *, if_match: str | None = None) -> SavedQuery:
        """Save the query as ``name``.

        :param if_match: the ``etag`` that it had when it was read; where somebody has changed it since, nothing is
            saved and :class:`PreconditionFailedError` is raised. Without it, it is saved whatever is there.
        """
        if self.datasets is not None:
            raise InvalidError("A saved query has no list of datasets.", next="Write dataset.name in its expression.")
        return self._http.run(operations.save_query(name, self.expression, self.level or "scan", description, if_match))

    def pin(self, name: str, tag: str) -> models.QueryPin:
        """Save the query as ``name`` and keep what it finds now: ``rb.query("name@tag")`` finds the same for ever."""
        if self.datasets is not None:
            raise InvalidError("A saved query has no list of datasets.", next="Write dataset.name in its expression.")
        return self._http.run(operations.pin(name, tag, self.expression, self.level or "scan"))


class Run(RunState):
    """An analysis over the slices of a query."""

    def __init__(self, http: Http, status: models.RunStatus) -> None:
        self._http = http
        self.status = status

    def refresh(self) -> Run:
        """Look at the run again."""
        self.status = self._http.run(operations.run_status(self.id))
        return self

    def wait(self, progress: bool = True, timeout: float | None = None) -> Run:
        """Wait until the run is finished.

        Args:
            progress: whether to show a bar.
            timeout: seconds; the run goes on when they are over.

        Raises:
            TimeoutError: when the run is not finished in time.
        """
        end = None if timeout is None else time.monotonic() + timeout
        delays = poll_delays()
        name = f"{self.status.analysis} {self.status.version}"
        with tqdm(total=0, unit="slice", desc=name, disable=not progress) as bar:
            while True:
                counts = self.refresh().status.counts
                bar.total = counts.total
                bar.n = counts.total - counts.open
                bar.set_postfix(failed=counts.failed, refresh=True)
                if self.finished:
                    return self
                delay = next(delays)
                if end is not None and time.monotonic() + delay > end:
                    raise TimeoutError(f"Run {self.id} is not finished after {timeout} s; it goes on.")
                time.sleep(delay)

    def follow(self) -> Iterator[models.RunStatus]:
        """Give the status now and after each change until the run is finished, as the server reports it."""
        last: models.RunStatus | None = None
        for event in watch(self._http, events_call(run_topics, None, None)):
            if not self._is_news(event):
                continue
            status = self.refresh().status
            if status != last:
                yield status
            if self.finished:
                return
            last = status

    def tasks(self) -> Listing[models.TaskStatus]:
        """Return the slices of the run with their outcomes."""
        return Listing(self._http, operations.tasks(self.id))

    def failures(self) -> Listing[models.TaskStatus]:
        """Return the slices that failed, with the reasons."""
        return Listing(self._http, operations.tasks(self.id, "failed"))

    def cancel(self) -> Run:
        """End what is not finished; work that other runs share goes on."""
        self.status = self._http.run(operations.change_run(self.id, "cancel"))
        return self

    def retry(self, like: models.TaskStatus | str | None = None, memory: int | None = None) -> Run:
        """Try again what failed or was cancelled, or only the failures that have the cause of one task.

        ``memory`` is in bytes, where attempts need more than the analysis asks for.
        """
        task = like.id if isinstance(like, models.TaskStatus) else like
        query = {"like": None if task is None else str(task), "memory": memory}
        self.status = self._http.run(operations.change_run(self.id, "retry", query))
        return self

    def derivatives(self) -> list[models.DerivativeSummary]:
        """Return the outputs of the run that are in force."""
        made = {id for task in self.tasks() for id in task.derivatives}
        listing = Listing(self._http, operations.derivatives(analysis=self.status.analysis))
        return [one for one in listing if one.id in {str(id) for id in made}]

    def __repr__(self) -> str:
        """Show what one would ask for next."""
        counts = self.status.counts
        return f"<Run {self.id} {self.status.state}: {counts.total - counts.open} of {counts.total}>"


class Rollerblade:
    """A server, and who one is there. Made by :func:`connect`; closes its connections at the end of a ``with``."""

    def __init__(self, http: Http) -> None:
        self._http = http

    @property
    def url(self) -> str:
        """Where the server is."""
        return self._http.server.url

    def me(self) -> models.MeOutput:
        """Return who the token belongs to."""
        return self._http.run(operations.me())

    def datasets(self) -> Listing[models.DatasetSummary]:
        """Return the datasets that one may read."""
        return Listing(self._http, operations.datasets())

    def query(
        self,
        expression: str = "",
        *,
        level: Level | None = None,
        datasets: Iterable[str] | None = None,
        **conditions: Any,
    ) -> Query:
        """Return what an expression, a saved query or a pin (``NAME@TAG``) finds.

        Args:
            expression: in the query language, such as ``subject.age > 60 && scan.suffix == "T1w"``.
            level: what one item is; ``scan`` by default, or what the saved query says.
            datasets: looks into these only.
            conditions: entities and names that must match as well: ``suffix="bold"``, ``run=1``,
                ``subject=["01", "02"]``.
        """
        return Query(self._http, expression_of(expression, conditions), level, datasets)

    def saved_query(self, name: str) -> SavedQuery:
        """Return a saved query as it is now, with its ``etag``."""
        return self._http.run(operations.saved_query(name))

    def layout(self, expression: str = "", *, datasets: Iterable[str] | None = None, **conditions: Any) -> Layout:
        """Return the files of a query as PyBIDS' ``BIDSLayout`` does, without indexing anything."""
        return self.query(expression, datasets=datasets, **conditions).layout()

    def run(
        self,
        analysis: str,
        query: str | Query = "",
        *,
        version: str = "*",
        parameters: Mapping[str, Any] | None = None,
        priority: str = "interactive",
    ) -> Run:
        """Run an analysis over every slice of a query. What was computed before is not computed again."""
        expression = expression_for_run(query)
        return Run(
            self._http, self._http.run(operations.start_run(analysis, expression, version, parameters or {}, priority))
        )

    def get_run(self, id: UUID | str) -> Run:
        """Return a run by its id."""
        return Run(self._http, self._http.run(operations.run_status(id)))

    def results(
        self,
        dataset: str | None = None,
        *,
        tag: str | None = None,
        subject: str | None = None,
        session: str | None = None,
        document: str | None = None,
    ) -> Listing[models.Result]:
        """Return what the tags of pipelines show of the final outputs."""
        return Listing(
            self._http,
            operations.results(dataset=dataset, tag=tag, subject=subject, session=session, document=document),
        )

    def events(
        self, topics: str | list[str] | None = None, *, dataset: str | None = None, after: int | None = None
    ) -> Iterator[Event]:
        """Give what happens, as long as it is iterated; a lost connection goes on behind the last event.

        Args:
            topics: such as ``"run.finished"``; all without.
            dataset: only what happens there.
            after: the number of an event, to begin behind it; without it, with what happens from now on.
        """
        for event in watch(self._http, events_call(topics, dataset, after)):
            if event is not None:
                yield event

    def derivatives(
        self,
        dataset: str | None = None,
        *,
        analysis: str | None = None,
        output: str | None = None,
        subject: str | None = None,
        session: str | None = None,
    ) -> Listing[models.DerivativeSummary]:
        """Return outputs of analyses that are in force."""
        return Listing(
            self._http,
            operations.derivatives(dataset=dataset, analysis=analysis, output=output, subject=subject, session=session),
        )

    def correct(
        self,
        dataset: str,
        subject: str,
        *,
        session: str | None = None,
        phenotype: str | None = None,
        was: Mapping[str, Any] | None = None,
        add_columns: bool = False,
        reason: str | None = None,
        **values: Any,
    ) -> list[models.Correction]:
        """Set cells of one person in ``participants.tsv``, and wait until queries answer by them.

        >>> rb.correct("ds001", "01", age=31, was={"age": 30}, reason="typo in the form")  # doctest: +SKIP

        Args:
            dataset: name of the dataset.
            subject: label of the person.
            session: sets cells of ``sessions.tsv`` instead, of this session.
            phenotype: sets cells of this table in ``phenotype/`` instead.
            was: what cells must hold now; with anything else there nothing is set.
            add_columns: lets the table get columns that it does not have.
            reason: why, for :meth:`corrections`.
            values: what the cells are to hold, by column; None is unknown (``n/a``).

        Raises:
            InvalidError: for a column or value that the table cannot have.
            ConflictError: when a cell does not hold what ``was`` says.
        """
        row = {"subject": subject.removeprefix("sub-"), "session": session, "phenotype": phenotype}
        options = {"addColumns": add_columns, "reason": reason}
        made = self._http.run(operations.correct(dataset, row, values, was or {}, **options))
        end = time.monotonic() + _catalog_seconds
        while self._http.run(operations.link(dataset, made.table.path)).sha256 != made.table.sha256:
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        return made.items

    def corrections(self, dataset: str, subject: str | None = None) -> Listing[models.Correction]:
        """Return the cells that somebody set, newest first, with what they held before."""
        return Listing(self._http, operations.corrections(dataset, subject))

    def undo_correction(self, dataset: str, correction: UUID | str) -> models.Correction:
        """Set a cell back to what it held before a correction."""
        return self._http.run(operations.undo_correction(dataset, correction))

    def download(self, dataset: str, path: str, to: str | Path | None = None) -> Path:
        """Download one file, raw or derived, by its path in the dataset.

        Args:
            dataset: name of the dataset.
            path: path in the dataset.
            to: folder to write the path below; by default a cache in the home folder, by content.
        """
        file = self._http.run(operations.link(dataset, path))
        if to is not None:
            target = target_in(Path(to), path)
        elif file.sha256 is not None:
            target = cache_path(file.sha256, path)
        else:
            raise InvalidError(f"{path} has no hash and is not kept in the cache.", next="Give a folder: to=…")
        _fetch(self._http, file, target)
        return target

    def open(self, dataset: str, path: str) -> Any:
        """Return an image as nibabel does; its file is kept in the cache.

        Raises:
            ImportError: when nibabel is not installed.
        """
        try:
            import nibabel
        except ImportError as error:
            raise ImportError("Images need nibabel: pip install 'rollerblade[images]'") from error
        return nibabel.load(self.download(dataset, path))

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> Rollerblade:
        """Return the client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        self.close()

    def __repr__(self) -> str:
        """Name the server."""
        return f"<Rollerblade {self.url}>"


def connect(url: str | None = None, token: str | None = None, *, profile: str | None = None) -> Rollerblade:
    """Return a client of a server.

    Without an address: of ``ROLLERBLADE_URL`` with ``ROLLERBLADE_TOKEN``, else of the profile of ``rollerblade login``
    that is named here or by ``ROLLERBLADE_PROFILE``, else of what ``rollerblade up`` started in this folder or one
    above it, else of the server that was signed in at last. With an address and no token, the token is that of the
    sign-in there.
    """
    return Rollerblade(Http(find_server(url, token, profile)))


def _fetch(http: Http, file: models.DownloadFile, target: Path) -> None:
    """Write a file, unless it is there with the same content."""
    if has_content(target, file.sha256):
        return
    if file.content is not None:
        write_parts(target, file.sha256, iter([content_of(file.content, file.encoding)]))
        return
    try:
        _fetch_link(http, file, target)
    except RollerbladeError as error:
        if error.status != link_expired:
            raise
        _fetch_link(http, http.run(operations.link(file.dataset, file.path)), target)


def _fetch_link(http: Http, file: models.DownloadFile, target: Path) -> None:
    if file.url is None:
        raise RollerbladeError(f"The server gives neither content nor link of {file.path}.", subject=file.path)
    with http.download(file.url) as parts:
        write_parts(target, file.sha256, parts)
