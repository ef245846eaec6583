"""Requests as data, so that the blocking client and the asyncio client share everything but the waiting.

An operation is a generator: it yields calls, is sent the JSON of their answers, and returns its result.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import quote
from uuid import uuid4

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One request. It may be sent again: a read changes nothing, and the server knows a change by its ``key``."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    key: str | None = None
    # Whether the entity tag of the answer is wanted, too: then the answer is a :class:`Tagged`.
    tagged: bool = False
    # The entity tag that what is changed must still have.
    if_match: str | None = None


@dataclass(frozen=True, slots=True)
class Tagged:
    """The JSON of an answer, and the entity tag by which a later change says what it is based on."""

    json: Any
    etag: str


Operation: TypeAlias = Generator[Call, Any, T]


def get(path: str, /, **query: Any) -> Call:
    """Make a GET without the parameters that are None."""
    return Call("GET", path, given(query))


def change(method: str, path: str, body: Mapping[str, Any] | None = None) -> Call:
    """Make a call that changes something, with a key of its own (``Idempotency-Key``)."""
    return Call(method, path, body=body, key=str(uuid4()))


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is None."""
    return {name: value for name, value in values.items() if value is not None}


def segment(text: str) -> str:
    """Write a name as one segment of a path."""
    return quote(text, safe="")


@dataclass(frozen=True, slots=True)
class PageSource(Generic[T]):
    """A list that is read page by page: how to ask for a page, and how to read one item of it."""

    call: Callable[[str | None], Call]
    read: Callable[[Any], T]
    row: Callable[[T], dict[str, Any]]

    def page(self, after: str | None) -> Operation[tuple[list[T], str | None]]:
        """Read one page, and where the next one begins."""
        answer = yield self.call(after)
        return [self.read(item) for item in answer["items"]], answer.get("next")
