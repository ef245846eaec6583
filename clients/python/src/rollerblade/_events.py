"""What happens on a server, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ._calls import Call, get
from ._http import AsyncHttp, Http
from ._state import poll_delays
from .errors import UnavailableError


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened.

    Attributes:
        number: grows with each event; ``events(after=number)`` goes on behind this one.
        topic: what it is, such as ``run.finished``.
        dataset: where it happened; None for what belongs to no dataset.
        time: when, in UTC, as ISO 8601.
        message: the fields of the topic, as the reference of events lists them.
    """

    number: int
    topic: str
    dataset: str | None
    time: str
    message: Mapping[str, Any]


class EventReader:
    """Reads events from the lines of a stream, and keeps from where to go on when it breaks."""

    def __init__(self, after: int | None) -> None:
        self.last = after
        self._number = after
        self._data: list[str] = []

    def begin(self) -> None:
        """Forget what a stream that broke has sent of an event."""
        self._number = self.last
        self._data = []

    def take(self, line: str) -> Event | None:
        """Read one line; return the event that an empty line completes."""
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                self._data.append(value)
            elif name == "id" and value.isdecimal():
                self._number = int(value)
            return None
        data, self._data = self._data, []
        # What stands before the empty line counts only when that has come.
        self.last = self._number
        if not data or self.last is None:
            return None
        found = json.loads("\n".join(data))
        return Event(self.last, found["topic"], found["dataset"], found["time"], found["message"])


def events_call(topics: str | list[str] | None, dataset: str | None, after: int | None) -> Call:
    """Ask for what happens."""
    wanted = topics if isinstance(topics, str) or topics is None else ",".join(topics)
    return get("/v1/events", topics=wanted, dataset=dataset, after=after)


def _from(call: Call, reader: EventReader) -> Call:
    return call if reader.last is None else replace(call, query={**call.query, "after": reader.last})


def _may_return(reader: EventReader, error: UnavailableError) -> bool:
    """Whether the server answered before, and may do so again."""
    return reader.last is not None and error.status in (None, 503)


def watch(http: Http, call: Call) -> Iterator[Event | None]:
    """Give events as they come, and None whenever a stream begins: what was missed before it can be asked for then."""
    reader = EventReader(None)
    for delay in poll_delays():
        try:
            with http.lines(_from(call, reader)) as lines:
                reader.begin()
                yield None
                for line in lines:
                    event = reader.take(line)
                    if event is not None:
                        yield event
        except UnavailableError as error:
            if not _may_return(reader, error):
                raise
        time.sleep(delay)


async def watch_async(http: AsyncHttp, call: Call) -> AsyncIterator[Event | None]:
    """Give events as they come, and None whenever a stream begins: what was missed before it can be asked for then."""
    reader = EventReader(None)
    for delay in poll_delays():
        try:
            async with http.lines(_from(call, reader)) as lines:
                reader.begin()
                yield None
                async for line in lines:
                    event = reader.take(line)
                    if event is not None:
                        yield event
        except UnavailableError as error:
            if not _may_return(reader, error):
                raise
        await asyncio.sleep(delay)
