"""What queries and runs hold, be they read by the blocking or by the asyncio client."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from . import _operations as operations
from . import models
from ._queries import Level, expression_of

if TYPE_CHECKING:
    from ._events import Event


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


# What changes the counts of a run.
run_topics = ["task.finished", "run.finished"]

# Seconds between two looks at a run whose slices end one after the other.
_look_every_s = 0.2


class RunState:
    """A run as it was at the last look."""

    status: models.RunStatus
    _looked = 0.0

    def _is_news(self, event: Event | None) -> bool:
        """Whether to look at the run again: when the stream begins, when it ends, and now and then in between."""
        if event is not None and event.message.get("run") != str(self.id):
            return False
        due = time.monotonic() >= self._looked + _look_every_s
        if event is None or event.topic == "run.finished" or due:
            self._looked = time.monotonic()
            return True
        return False

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
