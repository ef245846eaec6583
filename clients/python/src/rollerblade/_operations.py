"""What can be asked of a server, without the waiting: the blocking and the asyncio client run these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from . import models
from ._calls import Call, Operation, PageSource, change, get, given, segment
from ._queries import Level, SavedQuery, row_of, saved_of, slice_columns, values_of

_page = 1_000
# Slices come with all of their scans.
_slice_page = 500


def me() -> Operation[models.MeOutput]:
    """Who the token belongs to."""
    return models.MeOutput.model_validate((yield get("/v1/me")))


def datasets() -> PageSource[models.DatasetSummary]:
    """All datasets that one may read."""
    return PageSource(
        call=lambda after: get("/v1/datasets", limit=_page, after=after),
        read=models.DatasetSummary.model_validate,
        row=lambda found: found.model_dump(exclude={"description"}),
    )


def query_body(expression: str, level: str | None, datasets: Iterable[str] | None) -> dict[str, Any]:
    """The body of all routes that take a query."""
    return given(
        {"expression": expression, "level": level, "datasets": None if datasets is None else sorted(set(datasets))}
    )


def query_count(body: Mapping[str, Any]) -> Operation[int]:
    """How many slices a query finds."""
    answer = yield Call("POST", "/v1/queries/run", body={**body, "limit": 1, "count": True})
    if answer["total"] is not None:
        return int(answer["total"])
    # Pins are not counted by the server.
    found, after = 0, None
    while True:
        page = yield Call("POST", "/v1/queries/run", body=given({**body, "limit": _page, "after": after}))
        found, after = found + len(page["items"]), page["next"]
        if after is None:
            return found


def query_slices(
    body: Mapping[str, Any], columns: Iterable[str] | None, limit: int | None
) -> PageSource[models.SliceFacts]:
    """The slices of a query with all of their scans."""
    names = None if columns is None else list(columns)
    return PageSource(
        call=lambda after: Call(
            "POST",
            "/v1/slices",
            body=given({**body, "derivatives": False, "limit": min(_slice_page, limit or _slice_page), "after": after}),
        ),
        read=models.SliceFacts.model_validate,
        row=lambda found: row_of(found, names),
    )


def query_values(body: Mapping[str, Any], columns: Iterable[str], limit: int | None) -> PageSource[models.SliceSummary]:
    """The values of expressions, which only the server can tell, for the slices of a query."""
    names = list(columns)
    asked = [name for name in names if name not in slice_columns]
    return PageSource(
        call=lambda after: Call(
            "POST",
            "/v1/queries/run",
            body=given({**body, "columns": asked, "limit": min(_page, limit or _page), "after": after}),
        ),
        read=models.SliceSummary.model_validate,
        row=lambda found: values_of(found, names),
    )


def query_files(body: Mapping[str, Any], derivatives: bool) -> PageSource[models.DownloadFile]:
    """The files of a query as a BIDS tree."""
    return PageSource(
        call=lambda after: Call(
            "POST",
            "/v1/queries/files",
            body=given({**body, "derivatives": derivatives, "limit": _page, "after": after}),
        ),
        read=models.DownloadFile.model_validate,
        row=lambda file: file.model_dump(include={"dataset", "path", "size", "sha256"}),
    )


def saved_query(name: str) -> Operation[SavedQuery]:
    """A saved query, with the entity tag that it has now."""
    return saved_of((yield replace(get(f"/v1/queries/{segment(name)}"), tagged=True)))


def save_query(
    name: str, expression: str, level: Level, description: str, if_match: str | None
) -> Operation[SavedQuery]:
    """Save a query under a name, where nothing has changed there since an entity tag."""
    body = {"expression": expression, "level": level, "description": description}
    call = change("PUT", f"/v1/queries/{segment(name)}", body)
    return saved_of((yield replace(call, tagged=True, if_match=if_match)))


def pin(name: str, tag: str, expression: str, level: Level) -> Operation[models.QueryPin]:
    """Save a query and keep what it finds now."""
    yield change("PUT", f"/v1/queries/{segment(name)}", {"expression": expression, "level": level})
    answer = yield change("PUT", f"/v1/queries/{segment(name)}/pins/{segment(tag)}")
    return models.QueryPin.model_validate(answer)


def start_run(
    analysis: str, query: str, version: str, parameters: Mapping[str, Any], priority: str
) -> Operation[models.RunStatus]:
    """Run an analysis over the slices of a query."""
    body = {
        "analysis": analysis,
        "query": query,
        "version": version,
        "parameters": dict(parameters),
        "priority": priority,
    }
    return models.RunStatus.model_validate((yield change("POST", "/v1/runs", body)))


def run_status(id: UUID | str) -> Operation[models.RunStatus]:
    """A run and how far it is."""
    return models.RunStatus.model_validate((yield get(f"/v1/runs/{id}")))


def change_run(
    id: UUID | str, how: str, query: Mapping[str, str | int | None] | None = None
) -> Operation[models.RunStatus]:
    """Cancel or retry a run."""
    asked = given(query or {})
    path = f"/v1/runs/{id}/{how}" + (f"?{urlencode(asked)}" if asked else "")
    return models.RunStatus.model_validate((yield change("POST", path)))


def tasks(run: UUID | str, outcome: str | None = None) -> PageSource[models.TaskStatus]:
    """The slices of a run."""
    return PageSource(
        call=lambda after: get("/v1/tasks", run=str(run), outcome=outcome, limit=_page, after=after),
        read=models.TaskStatus.model_validate,
        row=lambda task: {
            **_slice_row(task.slice),
            "state": task.state,
            "outcome": task.outcome,
            "reason": task.reason,
            "task": str(task.id),
        },
    )


def results(**filters: Any) -> PageSource[models.Result]:
    """What the tags of pipelines show."""
    return PageSource(
        call=lambda after: get("/v1/results", **filters, limit=_page, after=after),
        read=models.Result.model_validate,
        row=lambda result: {
            **_slice_row(result.slice),
            "tag": result.tag,
            "title": result.title,
            "value": result.value,
            "unit": result.unit,
            "document": result.document,
            "analysis": result.derivative.analysis,
            "version": result.derivative.version,
            "path": result.derivative.path,
        },
    )


def derivatives(**filters: Any) -> PageSource[models.DerivativeSummary]:
    """Outputs of analyses that are in force, with where they came from."""
    return PageSource(
        call=lambda after: get("/v1/derivatives", **filters, limit=_page, after=after),
        read=models.DerivativeSummary.model_validate,
        row=lambda found: {
            **_slice_row(found.slice),
            "analysis": found.analysis,
            "version": found.version,
            "output": found.output,
            "path": found.path,
            "size": found.size,
            "outdated": found.outdated,
        },
    )


def link(dataset: str, path: str) -> Operation[models.DownloadFile]:
    """A link to one file."""
    return models.DownloadFile.model_validate((yield get("/v1/files/link", dataset=dataset, path=path)))


def correct(
    dataset: str, row: Mapping[str, str | None], values: Mapping[str, Any], was: Mapping[str, Any], **options: Any
) -> Operation[models.CorrectOutput]:
    """Set cells of one row of a table of people."""
    body = {**row, "values": _cells(values), "was": _cells(was), **options}
    answer = yield change("POST", f"/v1/datasets/{segment(dataset)}/corrections", given(body))
    return models.CorrectOutput.model_validate(answer)


def corrections(dataset: str, subject: str | None) -> PageSource[models.Correction]:
    """Cells that were set, newest first."""
    return PageSource(
        call=lambda after: get(
            f"/v1/datasets/{segment(dataset)}/corrections", subject=subject, limit=_page, after=after
        ),
        read=models.Correction.model_validate,
        row=lambda one: one.model_dump(exclude={"dataset"}),
    )


def undo_correction(dataset: str, correction: UUID | str) -> Operation[models.Correction]:
    """Set a cell back."""
    path = f"/v1/datasets/{segment(dataset)}/corrections/{correction}/undo"
    return models.Correction.model_validate((yield change("POST", path)))


def _cells(values: Mapping[str, Any]) -> dict[str, str]:
    return {column: "n/a" if value is None else str(value) for column, value in values.items()}


def _slice_row(ref: models.SliceRef) -> dict[str, Any]:
    return {"dataset": ref.dataset, "subject": ref.subject, "session": ref.session, "scan": ref.scan}
