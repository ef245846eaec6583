"""What queries and runs hold, be they read by the blocking or by the asyncio client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from . import _operations as operations
from . import models
from ._queries import Level, expression_of


class Question:
    """An expression, the level of what it finds, and the datasets that it looks into."""

    def __init__(self, expression: str, level: Level | None, datasets: Iterable[str] | None) -> None:
        self.expression = expression
        self.level: Level | None = level
        self.datasets = None if datasets is None else list(datasets)

    @property
    def _body(self) -> dict[str, Any]:
        return operations.query_body(self.expression, self.level, self.datasets)


def expression_for_run(query: str | Question) -> str:
    """Write a query as one expression: a run takes no list of datasets."""
    return query if isinstance(query, str) else expression_of(query.expression, {"dataset": query.datasets})


class RunState:
    """A run as it was at the last look."""

    status: models.RunStatus

    @property
    def id(self) -> UUID:
        """The id that `rollerblade runs show` takes."""
        return self.status.id

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen, as of the last look."""
        return self.status.state == "finished"


def poll_delays() -> Iterator[float]:
    """Give the seconds between two looks at a run, growing from 0.2 to 2."""
    delay = 0.2
    while True:
        yield delay
        delay = min(delay * 1.3, 2.0)
